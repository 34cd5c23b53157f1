import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonical, contentsOf, kernelIn, manifestOf, parsePackages } from "../../bake/manifest.ts";
import { setupScript } from "../../runner/host/archive.ts";
import { hostFiles } from "../../runner/host/files.ts";
import type { HostSettings } from "../../runner/host/settings.ts";
import { exampleSettings } from "../runner/host/settings.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "bake-manifest-"));
  writeFileSync(join(directory, "image.new"), "an image\n");
});
afterAll(() => rmSync(directory, { recursive: true }));

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const contents = (settings: HostSettings = exampleSettings(), packages = { bash: "5.2", acl: "2.3" }) =>
  contentsOf({
    settings,
    hostFiles: hostFiles(settings),
    systemFiles: [{ path: "/etc/hosts", content: "127.0.0.1 localhost\n" }],
    sources: [{ suite: "trixie", date: "Sat, 12 Sep 2026 07:55:41 UTC", sha256: "aa" }],
    kernel: "6.12.1-cloud-amd64",
    packages,
    containerImages: [
      { level: "protected", reference: "a:1", id: "sha256:1" },
      { level: "open", reference: "b:1", id: "sha256:2" },
      { level: "open", reference: "a:1", id: "sha256:1" },
    ],
  });

const manifest = (from = contents()) =>
  manifestOf(from, join(directory, "image.new"), "linux.tar.gz", 3 * 1024 ** 3);

describe("the manifest", () => {
  it("names the host's files, the image's own, and the set-up that the metadata may carry", () => {
    const { files, setupSha256, containerImages, packages } = contents();
    expect(files["/etc/hosts"]).toBe(sha256("127.0.0.1 localhost\n"));
    const all = hostFiles(exampleSettings());
    expect(Object.keys(files)).toHaveLength(all.length + 1);
    for (const { path, content } of all) expect(files[path]).toBe(sha256(content));
    expect(setupSha256).toBe(sha256(setupScript(all)));
    expect(Object.keys(packages)).toEqual(["acl", "bash"]);
    expect(containerImages.map(({ level, reference }) => `${level} ${reference}`)).toEqual([
      "open a:1",
      "open b:1",
      "protected a:1",
    ]);
  });

  it("is the same for the same inputs in any order", async () => {
    const one = await manifest();
    const settings = Object.fromEntries(
      Object.entries(exampleSettings()).reverse(),
    ) as unknown as HostSettings;
    const other = await manifest(contents(settings, { acl: "2.3", bash: "5.2" }));
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
  });

  it("differs when a package, a setting or the mirror does, and not when only the image's bytes do", async () => {
    const { contentsSha256 } = await manifest();
    const digests = await Promise.all(
      [
        contents(exampleSettings(), { bash: "5.3", acl: "2.3" }),
        contents(exampleSettings({ concurrency: 5 })),
        {
          ...contents(),
          sources: [{ suite: "trixie", date: "Sat, 12 Sep 2026 07:55:41 UTC", sha256: "bb" }],
        },
      ].map(async (changed) => (await manifest(changed)).contentsSha256),
    );
    expect(new Set([contentsSha256, ...digests]).size).toBe(4);
    writeFileSync(join(directory, "other"), "another image\n");
    const other = await manifestOf(contents(), join(directory, "other"), "linux.tar.gz", 3 * 1024 ** 3);
    expect(other.contentsSha256).toBe(contentsSha256);
    expect(other.image.sha256).toBe(sha256("another image\n"));
  });

  it("names the file that it belongs to", async () => {
    const { image, diskBytes } = await manifest();
    expect(image).toEqual({ file: "linux.tar.gz", sha256: sha256("an image\n"), bytes: 9 });
    expect(diskBytes).toBe(3_221_225_472);
  });
});

describe("what it is told from", () => {
  it("sorts keys at every depth, and leaves lists alone", () => {
    expect(canonical({ b: [3, { z: 1, a: 2 }], a: undefined, c: null })).toBe(
      '{"b":[3,{"a":2,"z":1}],"c":null}',
    );
  });

  it("counts installed packages only", () => {
    const text = "installed\tbash\t5.2\nconfig-files\told\t1\ninstalled\tlibc6:amd64\t2.41\n";
    expect(parsePackages(text)).toEqual({ bash: "5.2", "libc6:amd64": "2.41" });
  });

  it("wants one kernel", async () => {
    mkdirSync(join(directory, "boot"));
    await expect(kernelIn(directory)).rejects.toThrow("there are: []");
    writeFileSync(join(directory, "boot/vmlinuz-6.12.1-cloud-amd64"), "");
    expect(await kernelIn(directory)).toBe("6.12.1-cloud-amd64");
    writeFileSync(join(directory, "boot/vmlinuz-6.12.2-cloud-amd64"), "");
    await expect(kernelIn(directory)).rejects.toThrow("one kernel was expected");
  });
});
