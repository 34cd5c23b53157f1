/** Ten images in one `docker buildx bake`, against one build after another, on an empty builder each. */
import { PROJECT, startLab } from "../lab/lab.ts";
import { loggedSteps } from "../lab/progress.ts";
import { docker, logIn, onHost, putFiles, SOURCES, timed } from "./lab-host.ts";
import { median, ratio, seconds, table } from "./table.ts";

const RUNS = 3;
const SERVICES = Array.from({ length: 10 }, (_, index) => `service-${index}`);

/** What a service of a monorepo does when it is built: files of its own, some processor time, some waiting. */
const dockerfile = (name: string): string => `FROM python:3.13-slim-trixie
COPY ${name}.txt /
RUN python3 -c "print(sum(i * i for i in range(3_000_000)))" && sleep 0.5
RUN python3 -m compileall -q /usr/lib/python3.13/email > /dev/null || true
`;

const FILES = Object.fromEntries(
  SERVICES.flatMap((name) => [
    [`monorepo/${name}/Dockerfile`, dockerfile(name)],
    [`monorepo/${name}/${name}.txt`, `${name}\n`],
  ]),
);

export async function monorepoBench(): Promise<string> {
  const atOnce: number[] = [];
  const oneByOne: number[] = [];
  const lab = await startLab({ assumeYes: true, step: loggedSteps });
  try {
    await (await lab.engine()).up();
    const targets = SERVICES.map(
      (name) =>
        `target "${name}" {\n  context = "${name}"\n  tags = ["${lab.registry.address}/${PROJECT}/monorepo/${name}:sha"]\n}\n`,
    );
    const group = `group "default" {\n  targets = [${SERVICES.map((name) => `"${name}"`).join(", ")}]\n}\n`;
    putFiles(lab, { ...FILES, "monorepo/docker-bake.hcl": group + targets.join("") });
    await logIn(lab);
    const builder = `${docker("protected")}\ncd ${SOURCES}/monorepo
      docker buildx create --name buildx-runners --driver docker-container --bootstrap --use >/dev/null 2>&1 || docker buildx use buildx-runners`;
    const empty = () =>
      onHost(lab, `${builder}\ndocker exec buildx_buildkit_buildx-runners0 buildctl prune --all`);
    for (let run = 0; run < RUNS; run++) {
      await empty();
      atOnce.push(await timed(() => onHost(lab, `${builder}\ndocker buildx bake --push`)));
      await empty();
      const each = SERVICES.map((name) => `docker buildx bake --push ${name}`).join("\n");
      oneByOne.push(await timed(() => onHost(lab, `${builder}\n${each}`)));
    }
  } finally {
    await lab.stop();
  }
  const [one, many] = [median(oneByOne), median(atOnce)];
  return table([
    ["ten images", "median", "times faster", "aim"],
    ["one build after another", seconds(one), "1.00x", ""],
    ["one docker buildx bake", seconds(many), ratio(one, many), "1.5x"],
  ]);
}
