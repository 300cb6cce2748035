/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * A 9p server is to give what it creates to the user who asks; kvmtool's keeps
 * it, and knows no mode beyond the permissions. With the parameter
 * tskata.created_owner the guest sets both itself, before anybody finds the
 * file: its server must be allowed to.
 */
#ifndef TSKATA_CREATED_OWNER_H
#define TSKATA_CREATED_OWNER_H

#include <linux/cred.h>
#include <linux/uidgid.h>

#define TSKATA_ATTR_MODE (1 << 0)
#define TSKATA_ATTR_OWNERS (3 << 1)

static bool tskata_sets_owner __ro_after_init;

static int __init tskata_created_owner(char *text)
{
	tskata_sets_owner = true;
	return 0;
}
early_param("tskata.created_owner", tskata_created_owner);

int tskata_own(struct p9_fid *fid, umode_t mode, kgid_t gid)
{
	struct p9_iattr_dotl owners = { .valid = TSKATA_ATTR_OWNERS, .uid = current_fsuid(), .gid = gid };
	struct p9_iattr_dotl special = { .valid = TSKATA_ATTR_MODE, .mode = mode & 07777 };
	int err = 0;

	if (!tskata_sets_owner)
		return 0;
	if (!uid_eq(owners.uid, GLOBAL_ROOT_UID) || !gid_eq(gid, GLOBAL_ROOT_GID))
		err = p9_client_setattr(fid, &owners);
	/* Afterwards: a change of owners takes set-user-ID away. */
	if (!err && (mode & 07000))
		err = p9_client_setattr(fid, &special);
	return err;
}

int tskata_own_named(struct p9_fid *directory, const unsigned char *name, umode_t mode, kgid_t gid);

int tskata_own_named(struct p9_fid *directory, const unsigned char *name, umode_t mode, kgid_t gid)
{
	struct p9_fid *fid;
	int err;

	if (!tskata_sets_owner)
		return 0;
	fid = p9_client_walk(directory, 1, &name, 1);
	if (IS_ERR(fid))
		return PTR_ERR(fid);
	err = tskata_own(fid, mode, gid);
	p9_client_clunk(fid);
	return err;
}

#endif
