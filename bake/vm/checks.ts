/** Checks of a machine that was booted from a baked image, each run on the machine itself. */
import type { Result } from "../../lab/run.ts";
import { dockerSocket } from "../../runner/host/addresses.ts";
import type { HostSettings, TrustLevel } from "../../runner/host/settings.ts";
import { ROOT_FILE_SYSTEM_ID } from "../identifiers.ts";

export interface MachineCheck {
  /** True when it passes. */
  readonly sentence: string;
  /** Run as root on the machine; what it says is shown. */
  readonly command: string;
  readonly passes: (result: Result) => boolean;
}

const says = (wanted: RegExp) => (result: Result) => result.exitCode === 0 && wanted.test(result.stdout);

/** @param diskSize of the machine, in GB. */
export function systemChecks(diskSize: number): MachineCheck[] {
  return [
    {
      sentence: "Secure Boot is on, and the kernel enforces it",
      command:
        "od --address-radix=n --format=u1 /sys/firmware/efi/efivars/SecureBoot-*; cat /sys/kernel/security/lockdown",
      passes: says(/ 1\s*\n.*\[integrity\]/),
    },
    {
      sentence: "the control groups are one hierarchy, version 2",
      command: "stat --file-system --format=%T /sys/fs/cgroup",
      passes: says(/^cgroup2fs$/),
    },
    {
      sentence: "the machine has an identity of its own",
      command: "cat /etc/machine-id; cat /etc/ssh/ssh_host_ed25519_key.pub",
      passes: says(/^[0-9a-f]{32}\nssh-ed25519 \S+/),
    },
    {
      sentence: "it has its cloud's host name",
      command: 'hostname; getent hosts "$(hostname)"',
      passes: says(/^buildx-lab-\d+\n127\.0\.1\.1 /),
    },
    {
      sentence: `the root file system has grown to the machine's ${diskSize} GB`,
      command: "df --output=size --block-size=1G / | tail -1",
      passes: ({ stdout }) => Number(stdout) >= diskSize - 2,
    },
    {
      sentence: "nothing was downloaded from a package mirror",
      command: "cat /var/log/dpkg.log /var/log/apt/history.log 2>/dev/null | grep -c ' install ' || true",
      passes: says(/^0$/),
    },
    {
      sentence: "every enabled unit has started",
      command: "systemctl list-units --failed --no-legend --plain",
      passes: ({ exitCode, stdout }) => exitCode === 0 && stdout.trim() === "",
    },
  ];
}

/** Last of all, since it changes the machine as an update of the kernel does. */
export const updateCheck: MachineCheck = {
  sentence: "updates find the boot partition, and write a menu that boots this disk with this console",
  command: `ls /boot/efi/EFI/debian/grubx64.efi && update-grub 2>&1 &&
grep -E "^\\s+linux\\s" /boot/grub/grub.cfg | head -1`,
  passes: says(
    new RegExp(`^\\s+linux\\s.* root=UUID=${ROOT_FILE_SYSTEM_ID} ro .*console=ttyS0,38400n8`, "m"),
  ),
};

/** Limits of a job's container, which only a kernel with cgroup v2 and delegation enforces. */
export function limitChecks(settings: HostSettings, level: TrustLevel): MachineCheck[] {
  const docker = `docker -H unix://${dockerSocket(settings.dataDirectory, level)}`;
  const image = settings.jobImage;
  const job = (options: string, script: string) =>
    `cd /; runuser -u gitlab-runner -- ${docker} run --rm ${options} --entrypoint sh ${image} -c '${script}' 2>&1; echo "code $?"`;
  return [
    {
      sentence: `level ${level}: a container's limits are its control group's`,
      command: job(
        "--memory 96m --memory-swap 96m --pids-limit 40 --cpus 0.5",
        "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpu.max",
      ),
      passes: says(/^100663296\n40\n50000 100000\ncode 0$/m),
    },
    {
      sentence: `level ${level}: a container that takes more memory is killed`,
      command: job("--memory 96m --memory-swap 96m", "tail /dev/zero"),
      passes: says(/^code 137$/m),
    },
    {
      sentence: `level ${level}: the kernel killed it, and recorded that`,
      command: `cd /; id=$(runuser -u gitlab-runner -- ${docker} create --memory 96m --memory-swap 96m --entrypoint sh ${image} -c 'tail /dev/zero')
runuser -u gitlab-runner -- ${docker} start --attach "$id" >/dev/null 2>&1 || true
runuser -u gitlab-runner -- ${docker} inspect --format '{{.State.OOMKilled}}' "$id"
runuser -u gitlab-runner -- ${docker} rm "$id" >/dev/null`,
      passes: says(/^true$/m),
    },
    {
      sentence: `level ${level}: a container cannot have more processes than its limit`,
      command: job(
        "--pids-limit 40",
        "i=0; while [ $i -lt 80 ]; do sleep 20 & i=$((i+1)); done; echo all started",
      ),
      passes: ({ stdout }) =>
        /fork|Resource temporarily unavailable/i.test(stdout) && !stdout.includes("all started"),
    },
  ];
}
