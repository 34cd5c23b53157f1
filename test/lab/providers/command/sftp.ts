import { closeSync, fstatSync, mkdirSync, openSync, type Stats, statSync, writeSync } from "node:fs";
import ssh2, { type SFTPWrapper } from "ssh2";

const { STATUS_CODE, flagsToString } = ssh2.utils.sftp;

/** Serves this computer's files over SFTP, as far as copying to it needs. */
export function serveFiles(sftp: SFTPWrapper): void {
  const answer = (id: number, act: () => void) => {
    try {
      act();
    } catch (error) {
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      sftp.status(id, isMissing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE);
    }
  };
  const done = (id: number) => sftp.status(id, STATUS_CODE.OK);
  sftp.on("OPEN", (id, path, flags) =>
    answer(id, () => {
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE(openSync(path, flagsToString(flags) ?? "r"));
      sftp.handle(id, handle);
    }),
  );
  sftp.on("WRITE", (id, handle, offset, data) =>
    answer(id, () => {
      writeSync(handle.readUInt32BE(), data, 0, data.length, offset);
      done(id);
    }),
  );
  sftp.on("CLOSE", (id, handle) =>
    answer(id, () => {
      closeSync(handle.readUInt32BE());
      done(id);
    }),
  );
  sftp.on("MKDIR", (id, path) =>
    answer(id, () => {
      mkdirSync(path);
      done(id);
    }),
  );
  const tell = (id: number, path: string) => answer(id, () => sftp.attrs(id, attributesOf(statSync(path))));
  sftp.on("STAT", tell);
  sftp.on("LSTAT", tell);
  sftp.on("FSTAT", (id, handle) =>
    answer(id, () => sftp.attrs(id, attributesOf(fstatSync(handle.readUInt32BE())))),
  );
  sftp.on("FSETSTAT", done);
  sftp.on("SETSTAT", done);
}

function attributesOf(stats: Stats) {
  const { mode, uid, gid, size } = stats;
  return { mode, uid, gid, size, atime: stats.atimeMs / 1000, mtime: stats.mtimeMs / 1000 };
}
