/** What Google Cloud costs programs at their start: nothing those without it, and little those with it. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../../../", import.meta.url);

/** Files of packages that a module loads, in a process of its own. */
function loadedBy(module: string): string[] {
  const text = `
    import { createRequire } from "node:module";
    await import(${JSON.stringify(new URL(module, ROOT).href)});
    console.log(JSON.stringify(Object.keys(createRequire(import.meta.url).cache)));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", text], {
    cwd: fileURLToPath(ROOT),
    encoding: "utf8",
  });
  return JSON.parse(printed) as string[];
}

const google = (files: readonly string[]) => files.filter((file) => file.includes("/@pulumi/gcp/"));

describe("what is for Google Cloud", () => {
  it("is not loaded by programs whose fleets are reached over SSH", () => {
    const loaded = [loadedBy("runner/fleets/kinds.ts"), loadedBy("runner/fleets/ssh/fleet.ts")].flat();
    expect(loaded.some((file) => file.includes("/@pulumi/command/"))).toBe(true);
    expect(google(loaded)).toEqual([]);
  });

  it.each([
    ["runner/fleets/gcp/fleet.ts", "regionInstanceGroupManager"],
    ["runner/fleets/gcp-autoscaler/fleet.ts", "instanceGroupManager"],
  ])("loads the resources of %s one by one", (module, made) => {
    const loaded = google(loadedBy(module));
    expect(loaded.some((file) => file.endsWith(`/compute/${made}.js`))).toBe(true);
    // The index of a part registers each of its resources: compute alone takes longer than this whole program.
    expect(loaded.filter((file) => file.endsWith("/index.js"))).toEqual([]);
    expect(loaded.length).toBeLessThan(40);
  });
});
