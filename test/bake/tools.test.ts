import { describe, expect, it } from "vitest";
import { BAKE_TOOLS, BOOT_TOOLS, type Computer, requireComputer } from "../../bake/tools.ts";

const GIB = 1024 ** 3;
const fit: Computer = { uid: 0, architecture: "x64", exists: () => true, free: () => 100 * GIB };

function refusal(changes: Partial<Computer>): string {
  try {
    requireComputer(["/srv/images"], BAKE_TOOLS, { ...fit, ...changes });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}

describe("a computer that images can be baked on", () => {
  it("is accepted", () => expect(refusal({})).toBe(""));

  it("has the tools, or gets the command that installs them", () => {
    const missing = new Set(["/usr/bin/mcopy", "/usr/sbin/sfdisk"]);
    expect(refusal({ exists: (file) => !missing.has(file) })).toBe(
      `Baking needs Debian packages that this computer lacks:
  fdisk   writes the partition table
  mtools  puts the boot loader there
Install them:
  sudo apt-get update && sudo apt-get install --yes --no-install-recommends fdisk mtools`,
    );
  });

  it("has the virtual machine's tools where one is booted", () => {
    const withoutFirmware = { ...fit, exists: (file: string) => !file.includes("OVMF") };
    expect(() => requireComputer(["/srv"], { ...BAKE_TOOLS, ...BOOT_TOOLS }, withoutFirmware)).toThrow(
      "  ovmf  is its firmware, with Secure Boot\n",
    );
  });

  it("lets this be root", () => {
    expect(refusal({ uid: 1000 })).toBe(
      "Baking needs root, because the image's files belong to root: run this with sudo.",
    );
  });

  it("has room", () => {
    expect(refusal({ free: () => 2.5 * GIB })).toBe(
      "Baking needs 8 GiB free in /srv/images, and 2.5 GiB are free: " +
        "free some space, or use another directory (--out for the image, BUILDX_LAB_DIRECTORY for temporary files).",
    );
  });

  it("has the architecture of the image", () => {
    expect(refusal({ architecture: "arm64" })).toContain("baked on amd64, and this computer is arm64");
  });

  it("gets all faults at once", () => {
    const text = refusal({ uid: 1000, exists: () => false, free: () => 0 });
    expect(text).toContain("needs root");
    expect(text).toContain("mmdebstrap");
    expect(text).toContain("needs 8 GiB");
  });
});
