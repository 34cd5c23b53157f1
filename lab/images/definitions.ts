/**
 * The images that the lab's host pulls, and what stands in for each where Docker Hub does not answer.
 *
 * A stand-in behaves as the real image does as far as a pipeline can tell, and its labels say what it is.
 */
import path from "node:path";
import { toolDefinitions } from "./tool-definitions.ts";
import type { GoPrograms, ImageDefinition } from "./types.ts";

const root = (name: string) => path.join(import.meta.dirname, "root", name);
const module = (name: string) => path.join(import.meta.dirname, "go", name);

/** The Docker CLI and its plugin. */
export const dockerPrograms: GoPrograms = {
  kind: "go",
  directory: module("docker"),
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
  kind: "go",
  directory: module("buildkit"),
  stamps: { "github.com/moby/buildkit/version.Version": "v0.23.2" },
  install: { buildkitd: "/usr/bin/buildkitd", buildctl: "/usr/bin/buildctl" },
};

/** Image of the helper containers that gitlab-ci-local starts beside a job, and of those that wait for services. */
export const helperImage = "buildx-runners/lab-helper:1";

const mainDefinitions: readonly ImageDefinition[] = [
  {
    reference: "moby/buildkit:v0.23.2",
    origin: "docker-hub",
    needed: "main",
    title: "BuildKit",
    version: "v0.23.2",
    builtFrom: "the Go module github.com/moby/buildkit and Debian 13 packages",
    suite: "trixie",
    variant: "essential",
    packages: ["ca-certificates", "git", "openssh-client", "pigz", "runc", "xz-utils"],
    programs: buildkit,
    scripts: [root("clean.sh")],
    config: { entrypoint: ["buildkitd"], volumes: ["/var/lib/buildkit"] },
  },
  {
    reference: "docker:28.3.3-cli",
    origin: "docker-hub",
    needed: "main",
    title: "the Docker CLI",
    version: "28.3.3 (buildx v0.26.1)",
    builtFrom: "the Go modules github.com/docker/cli and github.com/docker/buildx, and Debian 13 packages",
    suite: "trixie",
    variant: "essential",
    packages: ["busybox", "ca-certificates", "git", "openssh-client", "wget"],
    programs: dockerPrograms,
    scripts: [root("busybox.sh"), root("no-bash.sh"), root("wget.sh"), root("clean.sh")],
    config: { cmd: ["sh"], env: { DOCKER_VERSION: "28.3.3", DOCKER_BUILDX_VERSION: "0.26.1" } },
  },
  {
    reference: "postgis/postgis:15-3.3",
    origin: "docker-hub",
    needed: "main",
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
    needed: "main",
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
    needed: "main",
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

/** Every image, those of the main job first. */
export const imageDefinitions: readonly ImageDefinition[] = [...mainDefinitions, ...toolDefinitions];
