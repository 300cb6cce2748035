// The operations by number: the same numbers as in ../../kernel/plan-encoder.ts.
#ifndef TSKATA_OPERATIONS_H
#define TSKATA_OPERATIONS_H

#include <stddef.h>
#include <stdint.h>

#include "context.h"
#include "plan.h"

struct operation {
    const char *name;
    const char *signature; // types of the arguments, see plan.h
    // 0, or -1 with errno and context->detail.
    int (*run)(struct context *context, const union value *arguments);
};

// NULL for an unknown number.
const struct operation *operation_by_code(uint32_t code);

// Runs a list up to its first failure. Returns 0, or -1 with errno and the
// failed operation's index.
int run_steps(struct context *context, const struct step_list *list, size_t *failed);

#define DECLARE_OPERATION(function) int function(struct context *context, const union value *arguments)

DECLARE_OPERATION(op_open_pidfd);
DECLARE_OPERATION(op_setns);
DECLARE_OPERATION(op_unshare);
DECLARE_OPERATION(op_set_hostname);
DECLARE_OPERATION(op_set_domainname);

DECLARE_OPERATION(op_rename_interface);
DECLARE_OPERATION(op_set_interface_address);
DECLARE_OPERATION(op_set_mtu);
DECLARE_OPERATION(op_interface_up);
DECLARE_OPERATION(op_interface_down);
DECLARE_OPERATION(op_await_running);

DECLARE_OPERATION(op_add_address);
DECLARE_OPERATION(op_remove_address);
DECLARE_OPERATION(op_add_route);
DECLARE_OPERATION(op_remove_route);
DECLARE_OPERATION(op_add_neighbour);
DECLARE_OPERATION(op_remove_neighbour);

DECLARE_OPERATION(op_set_root);
DECLARE_OPERATION(op_leave_root);
DECLARE_OPERATION(op_write_file);
DECLARE_OPERATION(op_make_directory);
DECLARE_OPERATION(op_make_file);
DECLARE_OPERATION(op_make_node);
DECLARE_OPERATION(op_make_symlink);
DECLARE_OPERATION(op_remove_file);

DECLARE_OPERATION(op_refuse_symlink);
DECLARE_OPERATION(op_mount);
DECLARE_OPERATION(op_bind);
DECLARE_OPERATION(op_bind_in_root);
DECLARE_OPERATION(op_open_tree);
DECLARE_OPERATION(op_set_mount_attributes);
DECLARE_OPERATION(op_reconfigure);
DECLARE_OPERATION(op_move_mount);
DECLARE_OPERATION(op_unmount);
DECLARE_OPERATION(op_pivot_root);
DECLARE_OPERATION(op_move_root);
DECLARE_OPERATION(op_mask_path);
DECLARE_OPERATION(op_readonly_path);

DECLARE_OPERATION(op_set_rlimit);
DECLARE_OPERATION(op_set_scheduler);
DECLARE_OPERATION(op_set_io_priority);
DECLARE_OPERATION(op_set_affinity);
DECLARE_OPERATION(op_set_memory_policy);
DECLARE_OPERATION(op_personality);
DECLARE_OPERATION(op_umask);
DECLARE_OPERATION(op_new_session_keyring);
DECLARE_OPERATION(op_setsid);
DECLARE_OPERATION(op_open_terminal);
DECLARE_OPERATION(op_own_stdio);
DECLARE_OPERATION(op_chdir);

DECLARE_OPERATION(op_limit_bounding_capabilities);
DECLARE_OPERATION(op_keep_capabilities);
DECLARE_OPERATION(op_set_capabilities);
DECLARE_OPERATION(op_set_ambient_capabilities);
DECLARE_OPERATION(op_set_groups);
DECLARE_OPERATION(op_set_gid);
DECLARE_OPERATION(op_set_uid);
DECLARE_OPERATION(op_no_new_privileges);
DECLARE_OPERATION(op_seccomp);

DECLARE_OPERATION(op_barrier);
DECLARE_OPERATION(op_run);
DECLARE_OPERATION(op_default_home);
DECLARE_OPERATION(op_find_executable);
DECLARE_OPERATION(op_exec);

DECLARE_OPERATION(op_set_device_filter);
DECLARE_OPERATION(op_attach_address_program);
DECLARE_OPERATION(op_set_clock);
DECLARE_OPERATION(op_reseed_random);

DECLARE_OPERATION(op_criu);
DECLARE_OPERATION(op_mount_share);
DECLARE_OPERATION(op_look_up);
DECLARE_OPERATION(op_keep_file);
DECLARE_OPERATION(op_refresh_kept);

#endif
