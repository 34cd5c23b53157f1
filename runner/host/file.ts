/** One file on a host. */
export interface HostFile {
  /** Absolute path on the host. */
  readonly path: string;
  /** Octal, as `install -m` takes it: `0644`. Owner is always root. */
  readonly mode: string;
  readonly content: string;
}

/** A file that programs read and none runs. */
export const file = (path: string, content: string): HostFile => ({ path, mode: "0644", content });

/** A script or a library of scripts: what names an interpreter may be run. */
export const script = (path: string, content: string): HostFile => ({
  path,
  mode: content.startsWith("#!") ? "0755" : "0644",
  content,
});
