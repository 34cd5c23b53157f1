/**
 * Renders a stack once, in a process of its own: `node bench/render.ts <projects> <images of each>`.
 * Prints the bytes and its peak memory; the caller measures the time.
 */
import { parseConfig } from "../config.ts";
import { renderStack } from "../render/render.ts";
import { report } from "./process.ts";

const [projects = 1, images = 10] = process.argv.slice(2).map(Number);

const result = parseConfig({
  fleets: [
    {
      name: "linux",
      scope: { group: "acme" },
      tags: ["buildx"],
      gitlabRunner: "none",
      hosts: [
        {
          address: "10.0.0.5",
          user: "admin",
          hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        },
      ],
    },
  ],
  projects: Array.from({ length: projects }, (_, project) => ({
    path: `acme/project-${project}`,
    fleet: "linux",
    images: Array.from({ length: images }, (__, image) => ({
      name: `image-${image}`,
      context: `services/image-${image}`,
      ...(image === 0
        ? { validate: { service: "postgis/postgis:15-3.3", command: "python init_db.py" } }
        : {}),
    })),
  })),
});
if ("problems" in result) throw new Error(result.problems.join("\n"));
const rendered = renderStack({ ...result.config, stack: "bench", gitlabUrl: "https://gitlab.example.com" });
const bytes = [...rendered.values()].reduce((sum, content) => sum + content.length, 0);
console.log(`${rendered.size} files, ${bytes} bytes`);
console.log(report());
