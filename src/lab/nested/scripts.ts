/** The line on the console after which the nested machine lets in who has the key. */
export const READY_LINE = "tskata-lab: ready";

/** Where the initial RAM disk has what is of this one start: keys. */
export const SESSION_FOLDER = "session";

/** Address of the nested machine on QEMU's user network: that network's first guest. */
const ADDRESS = "10.0.2.15/24";
const GATEWAY = "10.0.2.2";

/**
 * `/init` of the initial RAM disk: a root that is this machine's own, read-only, below the packages, below a tmpfs that
 * takes what is written.
 */
export const INIT_SCRIPT = `#!/bin/busybox sh
set -e
b=/bin/busybox
trap '$b echo "tskata-lab: the root could not be made"; $b poweroff -f' EXIT
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
while read -r module; do $b insmod "/modules/$module"; done < /modules/order
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=loose,ro host /lower
$b mount -t erofs -o ro /dev/vda /packages
$b mount -t tmpfs -o size=75% rw /rw
$b mkdir /rw/upper /rw/work
$b mount -t overlay -o lowerdir=/packages:/lower,upperdir=/rw/upper,workdir=/rw/work root /root
$b cp /lab-start /root/lab-start
$b cp -r /${SESSION_FOLDER} /root/lab-session
$b umount /proc
exec $b switch_root /root /lab-start
`;

/**
 * What the nested machine runs as process 1 on that root.
 *
 * @param path of programs, for those who log in
 */
export function startScript(path: string): string {
  return `#!/bin/sh
export PATH=${path} HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts -o gid=5,mode=620,ptmxmode=666
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=1777 tmp /tmp
mount -t cgroup2 cgroup /sys/fs/cgroup
mkdir -p /run/lock /run/sshd /run/lab
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
echo tskata-lab > /proc/sys/kernel/hostname
ip link set lo up
ip link set eth0 up
ip address add ${ADDRESS} dev eth0
ip route add default via ${GATEWAY}
for module in kvm_intel kvm_amd vhost_vsock vsock_loopback vhost_net tun loop veth bridge; do
  modprobe -q "$module"
done
# as Debian's udev has it
grep -q ^kvm: /etc/group || echo 'kvm:x:5036:' >> /etc/group
for device in kvm vhost-net vhost-vsock; do
  [ -e "/dev/$device" ] && chgrp kvm "/dev/$device" && chmod 660 "/dev/$device"
done
if [ "$(cat /sys/hypervisor/type 2>/dev/null)" = xen ]; then
  modprobe -q -a xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs xen-blkback xen-netback
  mount -t xenfs xenfs /proc/xen
  mkdir -p /run/xen /run/xenstored /var/lib/xen /var/log/xen /var/lib/xenstored
  xen=$(echo /usr/lib/xen-[0-9]*/bin)
  # it detaches itself once it answers
  "$xen/xenstored" --pid-file /run/xenstored.pid
  "$xen/xen-init-dom0"
  "$xen/xenconsoled" --pid-file=/run/xenconsoled.pid
  qemu=$(echo /usr/libexec/xen-qemu-system-i386 "$xen/qemu-system-i386")
  for program in $qemu; do
    [ -x "$program" ] || continue
    "$program" -xen-domid 0 -xen-attach -name dom0 -nographic -M xenpv -daemonize -monitor /dev/null \\
      -serial /dev/null -parallel /dev/null -nodefaults -no-user-config -pidfile /run/qemu-dom0.pid
    break
  done
fi
grep -q ^sshd: /etc/passwd || echo 'sshd:x:105:65534::/run/sshd:/usr/sbin/nologin' >> /etc/passwd
chmod 600 /lab-session/host_key /lab-session/authorized_keys
/usr/sbin/sshd -f /dev/null -o HostKey=/lab-session/host_key -o AuthorizedKeysFile=/lab-session/authorized_keys \\
  -o PermitRootLogin=yes -o PasswordAuthentication=no -o UsePAM=no -o StrictModes=no -o "SetEnv=PATH=$PATH" \\
  -o PidFile=/run/lab/sshd.pid || exit
# it goes to the background before it listens, and writes this file afterwards
until [ -s /run/lab/sshd.pid ]; do sleep 0.1; done
echo "${READY_LINE}" > /dev/console
# takes in the processes whose parents are gone
sleep infinity &
wait
`;
}
