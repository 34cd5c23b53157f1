/** What firmware, shim and GRUB read, from the one partition that firmware can read to the kernel. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { ESP_VOLUME_ID, ROOT_FILE_SYSTEM_ID } from "./identifiers.ts";

const SHIM = "usr/lib/shim";
const GRUB = "usr/lib/grub/x86_64-efi-signed";

/**
 * File of the boot partition to file of the root file system. All are signed: firmware knows who signed shim, shim knows
 * Debian's key, and so a machine with Secure Boot starts nothing else. What lies in EFI/BOOT is what a machine starts
 * that was never told of any system; what lies in EFI/debian is what Debian's updates replace.
 */
export const LOADER_FILES: Readonly<Record<string, string>> = {
  "EFI/BOOT/BOOTX64.EFI": `${SHIM}/shimx64.efi.signed`,
  "EFI/BOOT/grubx64.efi": `${GRUB}/grubx64.efi.signed`,
  "EFI/BOOT/mmx64.efi": `${SHIM}/mmx64.efi.signed`,
  "EFI/debian/shimx64.efi": `${SHIM}/shimx64.efi.signed`,
  "EFI/debian/grubx64.efi": `${GRUB}/grubx64.efi.signed`,
  "EFI/debian/mmx64.efi": `${SHIM}/mmx64.efi.signed`,
  "EFI/debian/BOOTX64.CSV": `${SHIM}/BOOTX64.CSV`,
};

/** GRUB's first configuration: where the second one is. */
export const LOADER_CONFIGURATION = `search.fs_uuid ${ROOT_FILE_SYSTEM_ID} root
set prefix=($root)'/boot/grub'
configfile $prefix/grub.cfg
`;

/**
 * GRUB's configuration until an update of the kernel has `update-grub` write another: the links that Debian's kernels
 * keep in the root directory name the newest one. The serial port comes last and so is the console;
 * a machine whose kernel gave up starts again.
 */
export const MENU = `set timeout=0
menuentry 'Debian GNU/Linux' {
  search.fs_uuid ${ROOT_FILE_SYSTEM_ID} root
  linux /vmlinuz root=UUID=${ROOT_FILE_SYSTEM_ID} ro console=tty0 console=ttyS0,38400n8 panic=10
  initrd /initrd.img
}
`;

/** Linux writes a FAT volume's serial number so. */
const FAT_ID = `${ESP_VOLUME_ID.slice(0, 4)}-${ESP_VOLUME_ID.slice(4)}`.toUpperCase();

/** The boot partition is mounted when an update of the boot loader looks at it; a machine starts without it, too. */
export const FSTAB = `UUID=${ROOT_FILE_SYSTEM_ID} / ext4 defaults,errors=remount-ro,x-systemd.growfs 0 1
UUID=${FAT_ID} /boot/efi vfat umask=0077,nofail,x-systemd.automount 0 2
`;

/** Puts together the boot partition's files in a directory, GRUB's menu and the table of mounts in the root file system. */
export async function stageBootLoader(root: string, staging: string): Promise<void> {
  for (const [target, source] of Object.entries(LOADER_FILES)) {
    const file = path.join(staging, target);
    await mkdir(path.dirname(file), { recursive: true });
    await copyFile(path.join(root, source), file);
  }
  await writeFile(path.join(staging, "EFI/debian/grub.cfg"), LOADER_CONFIGURATION);
  await mkdir(path.join(root, "boot/grub"), { recursive: true });
  await writeFile(path.join(root, "boot/grub/grub.cfg"), MENU);
  await writeFile(path.join(root, "etc/fstab"), FSTAB);
}
