/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Without KVM nothing tells a guest how fast its local APIC's timer is, and
 * the kernel measures it at every boot, for 100 ms. QEMU's has a fixed rate,
 * which the command line may give.
 */
static int __init tskata_lapic_timer_hz(char *text)
{
	unsigned int hz;

	if (!text || kstrtouint(text, 10, &hz) || hz < 1000000)
		return -EINVAL;
	lapic_timer_period = hz / HZ;
	return 0;
}
early_param("tskata.lapic_timer_hz", tskata_lapic_timer_hz);
