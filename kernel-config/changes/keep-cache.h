/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * With each open(2) of a file, virtiofs drops what the guest has of it, since
 * the host may have changed it meanwhile: every process that starts has its
 * program and libraries read again, and without KVM translated again. Here
 * the host is asked for the file's ctime instead, which no change leaves as it
 * is, and what the guest has is kept where that is the same as before.
 */
#ifndef TSKATA_KEEP_CACHE_H
#define TSKATA_KEEP_CACHE_H

#include <linux/timekeeping.h>
#include <linux/version.h>

/* Two changes that follow each other within a tick of the host can have the same ctime. */
#define TSKATA_SETTLED_SECONDS 2

static struct timespec64 tskata_ctime_of(struct inode *inode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return inode_get_ctime(inode);
#else
	return inode->i_ctime;
#endif
}

static void tskata_keep_cache(struct inode *inode, struct file *file)
{
	struct fuse_inode *fi = get_fuse_inode(inode);
	struct fuse_file *ff = file->private_data;
	struct timespec64 ctime;

	if (!S_ISREG(inode->i_mode) || !get_fuse_conn(inode)->auto_inval_data)
		return;
	if ((file->f_flags & O_TRUNC) || (ff->open_flags & (FOPEN_KEEP_CACHE | FOPEN_DIRECT_IO)))
		return;
	if (inode->i_mapping->nrpages) {
		fuse_invalidate_attr(inode);
		if (fuse_update_attributes(inode, file, STATX_BASIC_STATS))
			return;
	}
	ctime = tskata_ctime_of(inode);
	spin_lock(&fi->lock);
	if (inode->i_mapping->nrpages && timespec64_equal(&fi->tskata_ctime, &ctime))
		ff->open_flags |= FOPEN_KEEP_CACHE;
	else if (ktime_get_real_seconds() - ctime.tv_sec >= TSKATA_SETTLED_SECONDS)
		fi->tskata_ctime = ctime;
	else
		fi->tskata_ctime = (struct timespec64){ 0 };
	spin_unlock(&fi->lock);
}

#endif
