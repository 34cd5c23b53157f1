import { randomBytes } from "node:crypto";
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { run } from "../run.ts";
import { devicesOf, rootOf } from "./boot.ts";
import type { Instance } from "./instance.ts";
import { runRecorded } from "./journal.ts";
import { nameServers } from "./network.ts";
import { seedPackages } from "./package-cache.ts";
import { administrator, knownHostsOf, privateKeyOf } from "./shell.ts";

/** Unpacks the root file system and gives it what no two machines share: its name, its identity, its keys. */
export async function prepareRoot(instance: Instance, archive: string): Promise<void> {
  const root = rootOf(instance);
  await mkdir(root, { recursive: true, mode: 0o755 });
  await runRecorded(
    instance,
    2_000,
    "tar",
    [
      "--extract",
      "--file",
      archive,
      "--directory",
      root,
      "--numeric-owner",
      "--xattrs",
      "--xattrs-include=*",
    ],
    { purpose: "unpack the root file system" },
  );
  await chmod(root, 0o755);
  await writeIdentity(instance, root);
  await createKeys(instance, root);
  await createDevices(instance);
  await writeFile(
    path.join(root, "etc/apt/apt.conf.d/90-keep-packages"),
    'APT::Keep-Downloaded-Packages "true";\nBinary::apt::APT::Keep-Downloaded-Packages "true";\n',
  );
  await seedPackages(root);
}

async function writeIdentity(instance: Instance, root: string): Promise<void> {
  const { name } = instance;
  await writeFile(path.join(root, "etc/hostname"), `${name}\n`);
  await writeFile(path.join(root, "etc/hosts"), `127.0.0.1 localhost\n127.0.1.1 ${name}\n::1 localhost\n`);
  // Where systemd-resolved is installed, this is a link to a file that is not there yet.
  await rm(path.join(root, "etc/resolv.conf"), { force: true });
  await writeFile(path.join(root, "etc/resolv.conf"), nameServers());
  // An empty file would make systemd ask its first-boot questions.
  await writeFile(path.join(root, "etc/machine-id"), `${randomBytes(16).toString("hex")}\n`, { mode: 0o444 });
}

async function createKeys(instance: Instance, root: string): Promise<void> {
  const key = privateKeyOf(instance);
  await mkdir(path.dirname(key), { recursive: true, mode: 0o700 });
  const purpose = "create SSH keys";
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", key], { purpose });
  // One of each type, as Debian's openssh-server makes them.
  await run("ssh-keygen", ["-A", "-f", root], { purpose });
  const publicKey = await readFile(path.join(root, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8");
  await writeFile(knownHostsOf(instance), `${instance.address} ${publicKey}`);
  const authorized = path.join("home", administrator, ".ssh/authorized_keys");
  await copyFile(`${key}.pub`, path.join(root, authorized));
  await run("chroot", [root, "chown", `${administrator}:${administrator}`, `/${authorized}`]);
  await chmod(path.join(root, authorized), 0o600);
}

/** Nodes of the machine's own, since this computer's may not be open to every user of it. */
async function createDevices(instance: Instance): Promise<void> {
  const directory = devicesOf(instance);
  await mkdir(directory, { recursive: true });
  for (const [name, minor] of [
    ["tun", "200"],
    ["fuse", "229"],
  ] as const) {
    await run("mknod", ["--mode=666", path.join(directory, name), "c", "10", minor], {
      purpose: "create device nodes",
    });
  }
}
