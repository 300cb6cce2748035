/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * A part of the memory that the host may give to virtiofsd, and then nothing
 * else: the rest can be the guest's alone, and shared page by page with other
 * guests that came from one template. tskata.shared=START,BYTES says where it
 * is. Rings of virtiofs are at its start, and the bounce buffers (swiotlb=
 * says how many) behind them.
 */
#ifndef TSKATA_SHARED_MEMORY_H
#define TSKATA_SHARED_MEMORY_H

#include <linux/types.h>

#define TSKATA_RING_BYTES (128UL << 10)

/* 0 where there is none. */
extern phys_addr_t tskata_shared_start;
extern size_t tskata_shared_bytes;

#endif
