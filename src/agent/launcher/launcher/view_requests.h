// The requests of fuse(4) that the view answers, one function each: 0 with the
// reply written, or an errno. `arguments` is the request's structure, `names`
// the strings behind it.
#ifndef TSKATA_VIEW_REQUESTS_H
#define TSKATA_VIEW_REQUESTS_H

#include "view.h"
#include "view_nodes.h"

#define DECLARE_REQUEST(name) int name(struct request *request, const void *arguments, const char *const names[2])

DECLARE_REQUEST(view_lookup);
DECLARE_REQUEST(view_getattr);
DECLARE_REQUEST(view_setattr);
DECLARE_REQUEST(view_readlink);
DECLARE_REQUEST(view_statfs);

DECLARE_REQUEST(view_mkdir);
DECLARE_REQUEST(view_mknod);
DECLARE_REQUEST(view_symlink);
DECLARE_REQUEST(view_link);
DECLARE_REQUEST(view_unlink);
DECLARE_REQUEST(view_rmdir);
DECLARE_REQUEST(view_rename);
DECLARE_REQUEST(view_rename2);

DECLARE_REQUEST(view_create);
DECLARE_REQUEST(view_open);
DECLARE_REQUEST(view_opendir);
DECLARE_REQUEST(view_read);
DECLARE_REQUEST(view_write);
DECLARE_REQUEST(view_readdir);
DECLARE_REQUEST(view_fsync);
DECLARE_REQUEST(view_release);

// What is made is the caller's: sets the ids for file accesses (setfsuid(2)),
// and root's again.
void act_as(const struct request *request);
void act_as_root(void);

#endif
