import { expect, test } from "vitest";
import { explainMissing, systemPackages } from "../../lab/packages.ts";

test("missing packages are named with their reason and the command that installs them", () => {
  expect(explainMissing(systemPackages, ["mmdebstrap", "openssl"])).toBe(
    [
      "The lab needs Debian packages that this computer lacks:",
      "  mmdebstrap  builds the host's root file system",
      "  openssl     issues the lab's certificates",
      "Install them, or run this again as root with --yes:",
      "  sudo apt-get update && sudo apt-get install --yes --no-install-recommends mmdebstrap openssl",
    ].join("\n"),
  );
});

test("every package is a name apt-get takes for a package and nothing else", () => {
  for (const name of Object.keys(systemPackages)) expect(name).toMatch(/^[a-z0-9][a-z0-9.+-]+$/);
});
