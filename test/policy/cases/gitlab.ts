/** Cases of rules/gitlab.ts. */
import { a, type Cases, FILE, RUNNER, VARIABLE } from "./subject.ts";

const tagged: Cases = {
  refuses: [
    { resource: a(RUNNER, { untagged: true, tagLists: ["buildx"] }), where: "untagged" },
    { resource: a(RUNNER, { untagged: false }), where: "tagLists" },
  ],
  passes: [{ resource: a(RUNNER, { untagged: false, tagLists: ["buildx-open"] }) }],
};

const locked: Cases = {
  refuses: [
    { resource: a(RUNNER, { runnerType: "project_type", locked: false }), where: "locked" },
    { resource: a(RUNNER, { runnerType: "project_type" }), where: "locked" },
  ],
  passes: [
    { resource: a(RUNNER, { runnerType: "project_type", locked: true }) },
    // There is nothing to lock a group's runner to.
    { resource: a(RUNNER, { runnerType: "group_type" }) },
  ],
};

const masked: Cases = {
  refuses: [
    { resource: a(VARIABLE, { key: "REGISTRY_PASSWORD", value: "correct-horse" }), where: "masked" },
    {
      resource: a("gitlab:index/groupVariable:GroupVariable", { key: "NPM_TOKEN", masked: false }),
      where: "masked",
    },
    { resource: a(VARIABLE, { key: "DOCKER_AUTH_CONFIG" }), where: "masked" },
  ],
  passes: [
    { resource: a(VARIABLE, { key: "REGISTRY_PASSWORD", masked: true }) },
    { resource: a(VARIABLE, { key: "REGISTRY_PASSWORD", hidden: true }) },
    { resource: a(VARIABLE, { key: "REGISTRY_IMAGE" }) },
    { resource: a(VARIABLE, { key: "COSIGN_PUBLIC_KEY" }) },
    { resource: a(VARIABLE, { key: "COSIGN_PRIVATE_KEY", variableType: "file" }) },
  ],
};

const guarded: Cases = {
  refuses: [
    { resource: a(VARIABLE, { key: "COSIGN_PASSWORD", masked: true }), where: "protected" },
    {
      resource: a(VARIABLE, { key: "BACKUP_SECRET_ACCESS_KEY", protected: false }),
      where: "protected",
    },
    { resource: a(VARIABLE, { key: "SSH_PRIVATE_KEY", variableType: "file" }), where: "protected" },
  ],
  passes: [
    { resource: a(VARIABLE, { key: "COSIGN_PASSWORD", protected: true }) },
    // Branches push their candidates with it.
    { resource: a(VARIABLE, { key: "REGISTRY_PASSWORD", protected: false }) },
    { resource: a(VARIABLE, { key: "SSH_PRIVATE_KEY", variableType: "file", protected: true }) },
  ],
};

const allGuarded: Cases = {
  refuses: [{ resource: a(VARIABLE, { key: "REGISTRY_PASSWORD", protected: false }), where: "protected" }],
  passes: [
    { resource: a(VARIABLE, { key: "REGISTRY_PASSWORD", protected: true }) },
    { resource: a(VARIABLE, { key: "REGISTRY_IMAGE", protected: false }) },
  ],
};

const privilege: Cases = {
  refuses: [
    {
      resource: a(FILE, {
        filePath: ".gitlab-ci.yml",
        content: "build:\n  services: [docker:28.3-dind]\n",
      }),
      where: "content",
    },
    {
      resource: a(FILE, { filePath: "ci/build.yaml", content: "x:\n  privileged: true\n" }),
      where: "content",
    },
  ],
  passes: [
    {
      resource: a(FILE, { filePath: ".gitlab-ci.yml", content: "build:\n  image: docker:28.3.3-cli\n" }),
    },
    { resource: a(FILE, { filePath: "README.md", content: "privileged: true\n" }) },
  ],
};

export const gitlabCases: Readonly<Record<string, Cases>> = {
  "tagged-jobs-only": tagged,
  "locked-runners": locked,
  "masked-variables": masked,
  "protected-variables": guarded,
  "all-credentials-protected": allGuarded,
  "no-privileged-pipelines": privilege,
};
