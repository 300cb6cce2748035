/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Where a part of the memory is shared, virtiofs keeps to it: its requests go
 * by bounce buffers, as of a device that reaches no other memory, and its
 * rings are there from the start.
 */
#ifndef TSKATA_SHARED_RINGS_H
#define TSKATA_SHARED_RINGS_H

#include <linux/bitmap.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tskata-shared-memory.h>
#include <linux/virtio.h>
#include <uapi/linux/virtio_ids.h>

#define TSKATA_RING_PAGES (TSKATA_RING_BYTES >> PAGE_SHIFT)

static DEFINE_SPINLOCK(tskata_ring_lock);
static DECLARE_BITMAP(tskata_ring_pages, TSKATA_RING_PAGES);

static bool tskata_is_confined(const struct virtio_device *vdev)
{
	return tskata_shared_bytes && vdev->id.device == VIRTIO_ID_FS;
}

static void *tskata_alloc_ring(struct device *dev, size_t size, dma_addr_t *handle, gfp_t flags)
{
	unsigned long pages = PAGE_ALIGN(size) >> PAGE_SHIFT;
	unsigned long first;

	if (!tskata_shared_bytes)
		return dma_alloc_coherent(dev, size, handle, flags);
	spin_lock(&tskata_ring_lock);
	first = bitmap_find_next_zero_area(tskata_ring_pages, TSKATA_RING_PAGES, 0, pages, 0);
	if (first < TSKATA_RING_PAGES)
		bitmap_set(tskata_ring_pages, first, pages);
	spin_unlock(&tskata_ring_lock);
	if (first >= TSKATA_RING_PAGES)
		return NULL;
	*handle = tskata_shared_start + (first << PAGE_SHIFT);
	return memset(phys_to_virt(*handle), 0, size);
}

static void tskata_free_ring(struct device *dev, size_t size, void *ring, dma_addr_t handle)
{
	if (!tskata_shared_bytes) {
		dma_free_coherent(dev, size, ring, handle);
		return;
	}
	spin_lock(&tskata_ring_lock);
	bitmap_clear(tskata_ring_pages, (handle - tskata_shared_start) >> PAGE_SHIFT, PAGE_ALIGN(size) >> PAGE_SHIFT);
	spin_unlock(&tskata_ring_lock);
}

/* For what follows, which has no other rings than those of confined devices. */
#define dma_alloc_coherent tskata_alloc_ring
#define dma_free_coherent tskata_free_ring

#endif
