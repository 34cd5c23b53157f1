/**
 * The images that the lab's host pulls, and what stands in for each where Docker Hub does not answer.
 *
 * A stand-in behaves as the real image does as far as a pipeline can tell, and its labels say what it is.
 */
import path from "node:path";

/** What a container of the image runs, and how. Names are those of the OCI image configuration. */
export interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly exposedPorts?: readonly string[];
  readonly volumes?: readonly string[];
  readonly stopSignal?: string;
}

/** Programs built from Go modules, pinned by the go.mod and go.sum in the directory. */
export interface GoPrograms {
  /** Directory beside this file. */
  readonly module: string;
  /** Values for `-ldflags -X`, by variable. */
  readonly stamps: Readonly<Record<string, string>>;
  /** Program to absolute path in the image. */
  readonly install: Readonly<Record<string, string>>;
}

export interface ImageDefinition {
  /** On Docker Hub, as a pipeline or Dockerfile names it. */
  readonly reference: string;
  /** Images of the lab's own making are never pulled. */
  readonly origin: "docker-hub" | "lab";
  readonly title: string;
  /** Version of what the image is about, as its packages tell. */
  readonly version: string;
  readonly builtFrom: string;
  readonly suite: "bookworm" | "trixie";
  /** mmdebstrap's: `essential` has no apt, `minbase` has. */
  readonly variant: "essential" | "minbase";
  readonly packages: readonly string[];
  readonly go?: GoPrograms;
  /** Scripts that mmdebstrap calls with the root file system's directory, in order. */
  readonly scripts: readonly string[];
  /** Files those scripts read. */
  readonly material?: readonly string[];
  readonly config: ImageConfig;
}

const root = (name: string) => path.join(import.meta.dirname, "root", name);
const module = (name: string) => path.join(import.meta.dirname, "go", name);

/** The Docker CLI and its plugin. */
export const dockerPrograms: GoPrograms = {
  module: module("docker"),
  stamps: {
    "github.com/docker/cli/cli/version.Version": "28.3.3",
    "github.com/docker/buildx/version.Version": "v0.26.1",
  },
  install: {
    docker: "/usr/local/bin/docker",
    buildx: "/usr/local/libexec/docker/cli-plugins/docker-buildx",
  },
};

const buildkit: GoPrograms = {
  module: module("buildkit"),
  stamps: { "github.com/moby/buildkit/version.Version": "v0.23.2" },
  install: { buildkitd: "/usr/bin/buildkitd", buildctl: "/usr/bin/buildctl" },
};

/** Image of the helper containers that gitlab-ci-local starts beside a job, and of those that wait for services. */
export const helperImage = "buildx-runners/lab-helper:1";

export const imageDefinitions: readonly ImageDefinition[] = [
  {
    reference: "moby/buildkit:v0.23.2",
    origin: "docker-hub",
    title: "BuildKit",
    version: "v0.23.2",
    builtFrom: "the Go module github.com/moby/buildkit and Debian 13 packages",
    suite: "trixie",
    variant: "essential",
    packages: ["ca-certificates", "git", "openssh-client", "pigz", "runc", "xz-utils"],
    go: buildkit,
    scripts: [root("clean.sh")],
    config: { entrypoint: ["buildkitd"], volumes: ["/var/lib/buildkit"] },
  },
  {
    reference: "docker:28.3.3-cli",
    origin: "docker-hub",
    title: "the Docker CLI",
    version: "28.3.3 (buildx v0.26.1)",
    builtFrom: "the Go modules github.com/docker/cli and github.com/docker/buildx, and Debian 13 packages",
    suite: "trixie",
    variant: "essential",
    packages: ["busybox", "ca-certificates", "git", "openssh-client"],
    go: dockerPrograms,
    scripts: [root("busybox.sh"), root("clean.sh")],
    config: { cmd: ["sh"], env: { DOCKER_VERSION: "28.3.3", DOCKER_BUILDX_VERSION: "0.26.1" } },
  },
  {
    reference: "postgis/postgis:15-3.3",
    origin: "docker-hub",
    title: "PostgreSQL 15 with PostGIS 3.3",
    version: "15-3.3",
    builtFrom: "Debian 12's postgresql-15-postgis-3",
    suite: "bookworm",
    variant: "essential",
    packages: ["postgresql-15", "postgresql-15-postgis-3", "postgresql-15-postgis-3-scripts"],
    scripts: [root("postgis.sh"), root("clean.sh")],
    material: [root("postgis-entrypoint.sh")],
    config: {
      entrypoint: ["docker-entrypoint.sh"],
      cmd: ["postgres"],
      env: {
        LANG: "C.UTF-8",
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin",
        PGDATA: "/var/lib/postgresql/data",
        PG_MAJOR: "15",
        POSTGIS_MAJOR: "3",
      },
      exposedPorts: ["5432/tcp"],
      volumes: ["/var/lib/postgresql/data"],
      stopSignal: "SIGINT",
    },
  },
  {
    reference: "python:3.13-slim-trixie",
    origin: "docker-hub",
    title: "Python 3.13",
    version: "3.13",
    builtFrom: "Debian 13's python3, python3-venv and python3-pip",
    suite: "trixie",
    variant: "minbase",
    packages: ["ca-certificates", "netbase", "python3", "python3-pip", "python3-venv", "tzdata"],
    scripts: [root("python.sh"), root("clean.sh")],
    config: { cmd: ["python3"], env: { LANG: "C.UTF-8" } },
  },
  {
    reference: helperImage,
    origin: "lab",
    title: "gitlab-ci-local's helper",
    version: "1",
    builtFrom: "Debian 13 packages",
    suite: "trixie",
    variant: "essential",
    packages: ["rsync"],
    scripts: [root("helper.sh"), root("clean.sh")],
    material: [root("helper-entrypoint.sh")],
    config: { entrypoint: ["helper-entrypoint"], cmd: ["bash"] },
  },
];
