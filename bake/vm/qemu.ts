/** The command line of a virtual machine that is to a system what Compute Engine's are: UEFI with Secure Boot, virtio. */
import { accessSync, constants, readFileSync } from "node:fs";

export interface VmShape {
  /** Megabytes. */
  readonly memory: number;
  readonly cpus: number;
  /** Of the disk, as qcow2. */
  readonly disk: string;
  /** Of the firmware's variables, which it changes. */
  readonly variables: string;
  /** What the serial port says goes here. */
  readonly console: string;
  /** Address and port that lead to the machine's port 22. */
  readonly sshAddress: string;
  readonly sshPort: number;
}

/** Debian's builds of EDK II: the firmware, and variables in which Microsoft's and so shim's signer are trusted. */
const FIRMWARE = "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd";
export const FIRMWARE_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd";

/** How the machine's instructions are run: by the processor, or one by one by qemu, ten times slower. */
export type Accelerator = "kvm" | "tcg";

/** The processor where it and the kernel offer that; some computers have the device without the processor's help. */
export function accelerator(): Accelerator {
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
    return /^flags\s*:.*\b(vmx|svm)\b/m.test(readFileSync("/proc/cpuinfo", "utf8")) ? "kvm" : "tcg";
  } catch {
    return "tcg";
  }
}

/** @see https://www.qemu.org/docs/master/system/invocation.html */
export function qemuArguments(shape: VmShape, how: Accelerator): string[] {
  const { memory, cpus, disk, variables, console, sshAddress, sshPort } = shape;
  return [
    ...["-machine", "q35,smm=on", "-accel", how === "kvm" ? "kvm" : "tcg,thread=multi"],
    ...["-cpu", how === "kvm" ? "host" : "max", "-smp", String(cpus), "-m", String(memory)],
    ...["-nodefaults", "-display", "none", "-monitor", "none", "-serial", `file:${console}`],
    ...["-drive", `if=pflash,format=raw,unit=0,readonly=on,file=${FIRMWARE}`],
    ...["-drive", `if=pflash,format=raw,unit=1,file=${variables}`],
    // Only the firmware's own code may change what is trusted.
    ...["-global", "driver=cfi.pflash01,property=secure,value=on"],
    ...["-device", "virtio-scsi-pci", "-drive", `if=none,id=disk,format=qcow2,file=${disk}`],
    ...["-device", "scsi-hd,drive=disk", "-device", "virtio-rng-pci"],
    ...["-netdev", `user,id=net,hostfwd=tcp:${sshAddress}:${sshPort}-:22`],
    ...["-device", "virtio-net-pci,netdev=net"],
  ];
}
