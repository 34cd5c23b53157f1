/** Installs the Debian packages without which unit tests are skipped. */
import { installSystemPackages, systemPackages } from "../../lab/packages.ts";

await installSystemPackages({
  ...systemPackages,
  "openssh-server": { file: "/usr/sbin/sshd", why: "tests log in to it", unwantedService: "ssh.service" },
});
