/**
 * The way of Docker-in-Docker that GitLab documents: a daemon that starts with the job, the last image as a cache,
 * and tags that move by pulling and pushing. The open level's daemon plays the part, emptied before each run; what a
 * privileged daemon costs to start is not counted.
 *
 * @see https://docs.gitlab.com/ci/docker/docker_layer_caching/
 */
import { type Lab, PROJECT } from "../lab/lab.ts";
import { docker, onHost, SOURCES, timed } from "./lab-host.ts";

/** Name of each image of the sample project, to its build context. */
export const IMAGES = { app: ".", "db-init": "db" } as const;

const commands = (lab: Lab, image: string, context: string): string => {
  const name = `${lab.registry.address}/${PROJECT}/dind/${image}`;
  return `
    docker pull --quiet ${name}:latest || true
    docker build --quiet --cache-from ${name}:latest --build-arg BUILDKIT_INLINE_CACHE=1 --tag ${name}:sha ${SOURCES}/${context}
    docker push --quiet ${name}:sha
    docker pull --quiet ${name}:sha
    docker tag ${name}:sha ${name}:latest
    docker push --quiet ${name}:latest`;
};

/** Seconds for both images, with an empty daemon. */
export async function dind(lab: Lab): Promise<number> {
  await onHost(
    lab,
    `${docker("open")}\ndocker builder prune --all --force\ndocker image prune --all --force`,
  );
  const all = Object.entries(IMAGES).map(([image, context]) => commands(lab, image, context));
  return timed(() => onHost(lab, `${docker("open")}\n${all.join("\n")}`));
}
