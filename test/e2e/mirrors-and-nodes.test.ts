/** Where an image is copied to, and where it is built besides: a second registry, a second BuildKit, and an SSH key. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommittedPipeline } from "../../lab/committed-pipeline.ts";
import { type Lab, PROJECT, startLab } from "../../lab/lab.ts";
import type { PipelineResult } from "../../lab/pipeline/index.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { type Registry, startRegistry } from "../../lab/registry.ts";
import { configure, inHost, post } from "./project.ts";
import { explain, statusOf } from "./results.ts";

let lab: Lab;

async function passing(): Promise<PipelineResult> {
  const result = await runCommittedPipeline(lab);
  expect(result.status, explain(result)).toBe("success");
  return result;
}

const digest = (image: string, tag: string) => lab.registry.digest(`${PROJECT}/${image}`, tag);

beforeAll(async () => {
  lab = await startLab({ assumeYes: true, step: loggedSteps, readyHost: true });
});
afterAll(() => lab?.stop());

describe("a mirror", () => {
  const PASSWORD = "mirror-of-the-registry";
  let mirror: Registry;
  let directory: string;
  const change = (text: string) => lab.gitlab.commit(PROJECT, { "keyed/changed.txt": text });

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "mirror-"));
    mirror = await startRegistry({
      address: `${lab.machine.bridgeAddress}:5004`,
      ca: lab.ca,
      dataDirectory: join(directory, "registry"),
      htpasswd: { user: "ci", password: PASSWORD },
      faults: true,
    });
    const key = join(directory, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const value = readFileSync(key, "utf8");
    await post(lab, "/variables", { key: "DEPLOY_KEY", value, variable_type: "file" });
    await lab.gitlab.commit(PROJECT, {
      "keyed/Dockerfile":
        'FROM python:3.13-slim-trixie\nRUN --mount=type=ssh test -S "$SSH_AUTH_SOCK"\nCOPY changed.txt /\n',
    });
    await configure(lab, [
      { key: "images", value: [{ name: "keyed", context: "keyed", ssh: "DEPLOY_KEY" }] },
      { key: "mirrors[0].image", value: `${mirror.address}/copies/shop` },
      { key: "mirrors[0].user", value: "ci" },
      { key: "mirrors[0].password", value: PASSWORD, secret: true },
    ]);
  });
  afterAll(async () => {
    await mirror?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it("has what was promoted, by the same digest; and the build had the SSH key", async () => {
    await change("first");
    const result = await passing();
    const promoted = await digest("keyed", "latest");
    expect(promoted).toBe(await digest("keyed", result.sha));
    for (const tag of ["latest", "main"])
      expect(await mirror.digest("copies/shop/keyed", tag)).toBe(promoted);
    expect(result.log).not.toContain(PASSWORD);
  });

  it("that cannot be written to stops the promotion before any tag moves", async () => {
    const before = await digest("keyed", "latest");
    await change("second");
    mirror.refusePush(/./);
    try {
      const result = await runCommittedPipeline(lab);
      expect(statusOf(result, "docker-build"), explain(result)).toBe("success");
      expect(statusOf(result, "promote"), explain(result)).toBe("failed");
      expect(await digest("keyed", result.sha)).not.toBe(before);
    } finally {
      mirror.refusePush(undefined);
    }
    expect(await digest("keyed", "latest")).toBe(before);
    expect(await digest("keyed", "main")).toBe(before);
  });
});

describe("a second node", () => {
  it("builds its own platform, and one index holds both", async () => {
    // The same Docker, for there is no other: what matters is which BuildKit is asked.
    const node = 'docker buildx create --append --name "$BUILDER" --node native --platform linux/arm64';
    const trust = `echo "[registry.\\"$REGISTRY\\"]" > /tmp/node.toml; echo 'ca = ["/etc/ssl/certs/ca-certificates.crt"]' >> /tmp/node.toml`;
    await configure(lab, [
      {
        key: "images",
        value: [{ name: "tiny", context: "tiny", platforms: ["linux/amd64", "linux/arm64"] }],
      },
      {
        key: "hooks",
        value: {
          beforeBuild: [
            trust,
            "docker context create second --docker host=unix:///var/run/docker.sock",
            `${node} --driver-opt image=moby/buildkit:v0.23.2 --buildkitd-config /tmp/node.toml second`,
          ],
        },
      },
    ]);
    await lab.gitlab.commit(PROJECT, {
      "tiny/Dockerfile": "FROM scratch\nARG TARGETARCH\nCOPY Dockerfile /\nLABEL arch=$TARGETARCH\n",
    });
    const result = await passing();
    const index = JSON.parse(
      await inHost(
        lab,
        `docker buildx imagetools inspect --raw ${lab.registry.address}/${PROJECT}/tiny:latest`,
      ),
    );
    expect(index.manifests).toHaveLength(4);
    const docker = "docker -H unix:///var/lib/buildx/protected/docker.sock";
    const { stdout } = await lab.machine.exec(
      `${docker} exec buildx_buildkit_native buildctl debug histories`,
    );
    const [, ...builds] = stdout.trim().split("\n");
    expect(builds, explain(result)).toHaveLength(1);
  });
});
