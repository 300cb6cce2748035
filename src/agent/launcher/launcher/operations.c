#include "operations.h"

#include <errno.h>

// The opcode is the index; 0 is none, so that zeroed bytes are no plan.
// Attributes of a mount are five u: set, clear, the same for the tree, propagation.
static const struct operation OPERATIONS[] = {
    {0},
    {"open-pidfd", "uu", op_open_pidfd},
    {"setns", "uu", op_setns},
    {"unshare", "u", op_unshare},
    {"set-hostname", "s", op_set_hostname},
    {"set-domainname", "s", op_set_domainname},
    {"rename-interface", "bsu", op_rename_interface},
    {"set-interface-address", "sb", op_set_interface_address},
    {"set-mtu", "su", op_set_mtu},
    {"interface-up", "s", op_interface_up},
    {"interface-down", "s", op_interface_down},
    {"await-running", "su", op_await_running},
    {"add-address", "ssussu", op_add_address},
    {"remove-address", "ssussu", op_remove_address},
    {"add-route", "ssussuuu", op_add_route},
    {"remove-route", "ssussuuu", op_remove_route},
    {"add-neighbour", "ssb", op_add_neighbour},
    {"remove-neighbour", "ssb", op_remove_neighbour},
    {"set-root", "s", op_set_root},
    {"leave-root", "", op_leave_root},
    {"write-file", "usbu", op_write_file},
    {"make-directory", "suuu", op_make_directory},
    {"make-file", "su", op_make_file},
    {"make-node", "suuuuuu", op_make_node},
    {"make-symlink", "ss", op_make_symlink},
    {"remove-file", "s", op_remove_file},
    {"refuse-symlink", "s", op_refuse_symlink},
    {"mount", "ssslu" "u" "uuuuu", op_mount},
    {"bind", "ussu" "uuuuu", op_bind},
    {"bind-in-root", "ssu" "uuuuu", op_bind_in_root},
    {"open-tree", "usu" "uuuuu", op_open_tree},
    {"set-mount-attributes", "su" "uuuuu", op_set_mount_attributes},
    {"reconfigure", "sl", op_reconfigure},
    {"move-mount", "ss", op_move_mount},
    {"unmount", "s", op_unmount},
    {"pivot-root", "", op_pivot_root},
    {"move-root", "", op_move_root},
    {"mask-path", "s", op_mask_path},
    {"readonly-path", "s", op_readonly_path},
    {"set-rlimit", "uqq", op_set_rlimit},
    {"set-scheduler", "uquuqqq", op_set_scheduler},
    {"set-io-priority", "uu", op_set_io_priority},
    {"set-affinity", "n", op_set_affinity},
    {"set-memory-policy", "un", op_set_memory_policy},
    {"personality", "u", op_personality},
    {"umask", "u", op_umask},
    {"new-session-keyring", "s", op_new_session_keyring},
    {"setsid", "", op_setsid},
    {"open-terminal", "uuus", op_open_terminal},
    {"own-stdio", "u", op_own_stdio},
    {"chdir", "su", op_chdir},
    {"limit-bounding-capabilities", "q", op_limit_bounding_capabilities},
    {"keep-capabilities", "u", op_keep_capabilities},
    {"set-capabilities", "qqq", op_set_capabilities},
    {"set-ambient-capabilities", "q", op_set_ambient_capabilities},
    {"set-groups", "n", op_set_groups},
    {"set-gid", "u", op_set_gid},
    {"set-uid", "u", op_set_uid},
    {"no-new-privileges", "", op_no_new_privileges},
    {"seccomp", "bu", op_seccomp},
    {"barrier", "s", op_barrier},
    {"run", "sllubu", op_run},
    {"default-home", "us", op_default_home},
    {"find-executable", "ss", op_find_executable},
    {"exec", "llu", op_exec},
    {"set-device-filter", "sb", op_set_device_filter},
    {"attach-address-program", "sub", op_attach_address_program},
    {"set-clock", "qq", op_set_clock},
    {"reseed-random", "b", op_reseed_random},
    {"criu", "ssbu", op_criu},
    {"mount-share", "ssu", op_mount_share},
    {"look-up", "s", op_look_up},
    {"keep-file", "s", op_keep_file},
    {"refresh-kept", "", op_refresh_kept},
};

const struct operation *operation_by_code(uint32_t code) {
    if (code == 0 || code >= sizeof(OPERATIONS) / sizeof(OPERATIONS[0])) return NULL;
    return &OPERATIONS[code];
}

int run_steps(struct context *context, const struct step_list *list, size_t *failed) {
    for (size_t i = 0; i < list->count; i++) {
        const struct step *step = &list->steps[i];
        context->detail[0] = '\0';
        errno = 0;
        if (step->operation->run(context, step->arguments) != 0) {
            *failed = i;
            return -1;
        }
    }
    return 0;
}
