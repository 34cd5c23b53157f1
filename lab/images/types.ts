/** What a definition of an image says. */

/** What a container of the image runs, and how. Names are those of the OCI image configuration. */
export interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workingDir?: string;
  readonly exposedPorts?: readonly string[];
  readonly volumes?: readonly string[];
  readonly stopSignal?: string;
}

/** Programs built from Go modules, pinned by the go.mod and go.sum in the directory. */
export interface GoPrograms {
  readonly kind: "go";
  readonly directory: string;
  /** Values for `-ldflags -X`, by variable. */
  readonly stamps: Readonly<Record<string, string>>;
  /** Program to absolute path in the image. */
  readonly install: Readonly<Record<string, string>>;
}

/** Packages from npm, pinned by the package.json and package-lock.json in the directory; no script of theirs runs. */
export interface NpmPackages {
  readonly kind: "npm";
  readonly directory: string;
  /** `node_modules` to absolute path in the image. */
  readonly install: Readonly<Record<string, string>>;
}

/** A program that comes in a Python wheel, pinned with its hashes by the requirements.txt in the directory. */
export interface PythonWheel {
  readonly kind: "wheel";
  readonly directory: string;
  /** Program to absolute path in the image. */
  readonly install: Readonly<Record<string, string>>;
}

export type Programs = GoPrograms | NpmPackages | PythonWheel;

export interface ImageDefinition {
  /**
   * As a pipeline or Dockerfile names it. A daemon asks a mirror for Docker Hub's images only: those of another
   * registry are pushed to the lab's mirror without their host, and a job names them there.
   */
  readonly reference: string;
  /** Images of the lab's own making are never pulled. */
  readonly origin: "docker-hub" | "ghcr" | "lab";
  /** `main`: the main job cannot do without. `tools`: only pipelines with gates, signatures or backups run it. */
  readonly needed: "main" | "tools";
  readonly title: string;
  /** Version of what the image is about, as its packages tell. */
  readonly version: string;
  readonly builtFrom: string;
  readonly suite: "bookworm" | "trixie";
  /** mmdebstrap's: `essential` has no apt, `minbase` has. */
  readonly variant: "essential" | "minbase";
  readonly packages: readonly string[];
  readonly programs?: Programs;
  /** Scripts that mmdebstrap calls with the root file system's directory, in order. */
  readonly scripts: readonly string[];
  /** Files those scripts read. */
  readonly material?: readonly string[];
  readonly config: ImageConfig;
}
