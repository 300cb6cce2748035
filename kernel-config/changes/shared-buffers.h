/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The memory that is shared, and the bounce buffers in it.
 */
#ifndef TSKATA_SHARED_BUFFERS_H
#define TSKATA_SHARED_BUFFERS_H

#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/tskata-shared-memory.h>

phys_addr_t tskata_shared_start __ro_after_init;
size_t tskata_shared_bytes __ro_after_init;

static int __init tskata_shared(char *text)
{
	phys_addr_t start;
	size_t bytes;

	if (!text)
		return -EINVAL;
	start = memparse(text, &text);
	if (*text++ != ',')
		return -EINVAL;
	bytes = memparse(text, &text);
	if (*text || !PAGE_ALIGNED(start) || !PAGE_ALIGNED(bytes) || bytes <= TSKATA_RING_BYTES)
		return -EINVAL;
	memblock_reserve(start, bytes);
	tskata_shared_start = start;
	tskata_shared_bytes = bytes;
	return 0;
}
early_param("tskata.shared", tskata_shared);

/* NULL where the kernel is to look for a place itself. */
static void __init *tskata_bounce_buffers(size_t bytes)
{
	if (!tskata_shared_bytes || bytes > tskata_shared_bytes - TSKATA_RING_BYTES)
		return NULL;
	return phys_to_virt(tskata_shared_start + TSKATA_RING_BYTES);
}

#endif
