/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * A file's pages are filled by virtiofsd, a process beside QEMU. Without KVM,
 * QEMU keeps translations of the code that a page holds and drops them when
 * the guest writes there, but virtiofsd's writing it doesn't see: a page that
 * held other code before would go on running that. So the guest writes once
 * more what has arrived; where it came by bounce buffers (shared-memory.h), it
 * wrote it itself.
 */
#ifndef TSKATA_REWRITE_PAGES_H
#define TSKATA_REWRITE_PAGES_H

#include <linux/compiler.h>
#include <linux/highmem.h>
#include <linux/string.h>
#include <linux/tskata-shared-memory.h>

static void tskata_rewrite_pages(struct fuse_args *args)
{
	struct fuse_args_pages *pages = container_of(args, struct fuse_args_pages, args);
	unsigned int i;

	if (!args->out_pages || tskata_shared_bytes)
		return;
	for (i = 0; i < pages->num_pages; i++) {
		char *page = kmap_local_page(pages->pages[i]);
		char *to = page + pages->descs[i].offset;
		char *from = to;

		/* The compiler would leave out what seems to change nothing. */
		OPTIMIZER_HIDE_VAR(from);
		memmove(to, from, pages->descs[i].length);
		kunmap_local(page);
	}
}

#endif
