import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { imagesOf } from "../../bake/images.ts";
import { imageName, instructions, isPlainOut } from "../../bake/instructions.ts";
import { configFromStackFile } from "../../config.ts";

const fleet = (name: string, kind: string, refs = "separated") => `
    - name: ${name}
      scope: { project: acme/shop }
      tags: [${name}]
      refs: ${refs}
      gitlabRunner: none
      ${kind}`;
const GCP = "gcp: { region: europe-west1 }";
const JOBS = "gcpAutoscaler: { zone: europe-west1-b, plugin: none }";
const HOSTS =
  "hosts: [{ address: 10.0.0.5, user: admin, hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA, privateKey: { secure: v1:x } }]";

function stack(...fleets: string[]) {
  const text = `config:
  gitlab:baseUrl: https://gitlab.example.com/api/v4/
  buildx-runners:fleets:${fleets.join("")}
  buildx-runners:projects:
    - path: acme/shop
      fleet: ${/name: (\S+)/.exec(fleets[0] ?? "")?.[1]}
      images: [{ name: app }]
`;
  return configFromStackFile(text, "prod", "Pulumi.prod.yaml");
}

const described = (...arguments_: Parameters<typeof imagesOf>) =>
  imagesOf(...arguments_).map(({ name, settings }) =>
    [name, settings.role, settings.levels.join(" ")].join(" "),
  );

describe("the images of a fleet", () => {
  it("is one for a fixed group, with all levels", () => {
    expect(described(stack(fleet("linux", GCP)))).toEqual(["prod-linux host open protected"]);
  });

  it("is one for each level of an autoscaler", () => {
    const config = stack(fleet("jobs", JOBS));
    expect(described(config)).toEqual(["prod-jobs-open worker open", "prod-jobs-protected worker protected"]);
    expect(described(config, { level: "protected" })).toEqual(["prod-jobs-protected worker protected"]);
    expect(described(stack(fleet("jobs", JOBS, "any")))).toEqual(["prod-jobs-open worker open"]);
  });

  it("is asked for by the fleet's name where there are several", () => {
    const config = stack(fleet("linux", GCP), fleet("jobs", JOBS), fleet("metal", HOSTS));
    expect(described(config, { fleet: "linux" })).toEqual(["prod-linux host open protected"]);
    expect(() => imagesOf(config)).toThrow("choose one with --fleet: linux, jobs.");
    expect(() => imagesOf(config, { fleet: "metal" })).toThrow(
      "Stack prod has no fleet metal on Google Cloud; --fleet may be: linux, jobs.",
    );
  });

  it("is refused where it makes no sense", () => {
    expect(() => imagesOf(stack(fleet("metal", HOSTS)))).toThrow("Stack prod has no fleet on Google Cloud");
    expect(() => imagesOf(stack(fleet("linux", GCP)), { level: "open" })).toThrow("omit --level");
    expect(() => imagesOf(stack(fleet("jobs", JOBS, "any")), { level: "protected" })).toThrow(
      "Fleet jobs has no level protected; --level may be: open.",
    );
  });

  it("holds in the documented example", () => {
    const file = new URL("../../Pulumi.gcp.yaml", import.meta.url);
    expect(described(configFromStackFile(readFileSync(file, "utf8"), "gcp", "Pulumi.gcp.yaml"))).toEqual([
      "gcp-linux host open protected",
    ]);
  });
});

describe("what to do with an image", () => {
  it("names it after its contents, as Compute Engine takes names", () => {
    const contentsSha256 = "0123456789abcdef";
    expect(imageName("prod-linux", { contentsSha256 })).toBe("buildx-prod-linux-0123456789");
    const long = imageName(`Prod_${"very-".repeat(20)}long`, { contentsSha256 });
    expect(long).toMatch(/^buildx-prod-very-[a-z-]*[a-z]-0123456789$/);
    expect(long.length).toBeLessThanOrEqual(63);
  });

  it("is a command to upload it, one to make it an image, and the line of the stack's file", () => {
    const made = { contentsSha256: "0123456789abcdef", image: { bytes: 7e8 }, diskBytes: 3 * 1024 ** 3 };
    const text = instructions(
      "prod-linux",
      "out/a.tar.gz",
      "out/a.json",
      made as Parameters<typeof instructions>[3],
    );
    expect(text).toContain("out/a.tar.gz: 700 MB, a disk of 3 GiB; its content: out/a.json\n");
    expect(text).toContain("--guest-os-features=UEFI_COMPATIBLE,VIRTIO_SCSI_MULTIQUEUE,GVNIC");
    expect(text).toContain("\n  image: projects/PROJECT/global/images/buildx-prod-linux-0123456789");
  });

  it.each([
    ["linux.tar.gz", true],
    ["/srv/a b/linux-1.tar.gz", true],
    ["linux.tar", false],
    ["linux.raw", false],
    ["it's.tar.gz", false],
    [".tar.gz", false],
  ])("takes a file called %s: %s", (name, taken) => expect(isPlainOut(name)).toBe(taken));
});
