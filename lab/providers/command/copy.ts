import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { posix } from "node:path/posix";
import { pipeline } from "node:stream/promises";
import type { Client, SFTPWrapper } from "ssh2";
import { connect, type RunContext } from "./connection.ts";
import type { CopyToRemoteInputs } from "./inputs.ts";

/** SFTP's status for a file that does not exist. */
const noSuchFile = 2;

/**
 * Copies a file, a text or a directory to another computer over SFTP, as the published provider does: into the remote
 * path where that is a directory, and a directory's content alone when its path ends with a slash.
 */
export async function copyToRemote(inputs: CopyToRemoteInputs, run: RunContext): Promise<void> {
  const session = await connect(inputs.connection, run);
  try {
    const sftp = await openSftp(session.client);
    const { source, remotePath } = inputs;
    if ("text" in source && source.text !== undefined) {
      await copyText(sftp, source.text, remotePath);
    } else if (source.path !== undefined) {
      await copyPath(sftp, source.path, remotePath);
    }
  } finally {
    session.close();
  }
}

function openSftp(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(error)));
  });
}

async function copyText(sftp: SFTPWrapper, text: string, remotePath: string): Promise<void> {
  if ((await kindOf(sftp, remotePath)) === "directory") {
    throw new Error(`remote path ${remotePath} is a directory; a text needs the path of a file`);
  }
  await makeDirectories(sftp, posix.dirname(remotePath));
  const target = sftp.createWriteStream(remotePath);
  await pipeline([text], target);
}

async function copyPath(sftp: SFTPWrapper, source: string, remotePath: string): Promise<void> {
  const present = await kindOf(sftp, remotePath);
  if ((await stat(source)).isDirectory()) {
    const target = source.endsWith("/") ? remotePath : posix.join(remotePath, basename(source));
    await copyDirectory(sftp, source, target);
    return;
  }
  if (present === "none") {
    await makeDirectories(sftp, posix.dirname(remotePath));
  }
  await copyFile(
    sftp,
    source,
    present === "directory" ? posix.join(remotePath, basename(source)) : remotePath,
  );
}

async function copyDirectory(sftp: SFTPWrapper, source: string, target: string): Promise<void> {
  await makeDirectories(sftp, target);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), posix.join(target, entry.name)];
    await (entry.isDirectory() ? copyDirectory(sftp, from, to) : copyFile(sftp, from, to));
  }
}

async function copyFile(sftp: SFTPWrapper, source: string, target: string): Promise<void> {
  try {
    await pipeline(createReadStream(source), sftp.createWriteStream(target));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to copy file ${source} to remote path ${target}: ${reason}`);
  }
}

function kindOf(sftp: SFTPWrapper, path: string): Promise<"file" | "directory" | "none"> {
  return new Promise((resolve, reject) => {
    sftp.stat(path, (error, stats) => {
      if (error === undefined) {
        resolve(stats.isDirectory() ? "directory" : "file");
      } else if ("code" in error && error.code === noSuchFile) {
        resolve("none");
      } else {
        reject(new Error(`failed to stat remote path ${path}: ${error.message}`));
      }
    });
  });
}

async function makeDirectories(sftp: SFTPWrapper, path: string): Promise<void> {
  const present = await kindOf(sftp, path);
  if (present === "file") {
    throw new Error(`remote path ${path} exists but is not a directory`);
  }
  if (present === "directory") {
    return;
  }
  await makeDirectories(sftp, posix.dirname(path));
  await new Promise<void>((resolve, reject) => {
    sftp.mkdir(path, (error) =>
      error ? reject(new Error(`failed to create remote directory ${path}: ${error.message}`)) : resolve(),
    );
  });
}
