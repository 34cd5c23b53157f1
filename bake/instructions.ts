/** Instructions for a finished image. */
import type { Manifest } from "./manifest.ts";

/** Whether Compute Engine takes a file of this name. */
export function isPlainOut(out: string): boolean {
  return /^(.*\/)?[A-Za-z0-9_-][A-Za-z0-9._-]*\.tar\.gz$/.test(out);
}

/** Longest name of an image, and its shape. @see https://cloud.google.com/compute/docs/naming-resources */
const LONGEST_NAME = 63;

/** A name that no other image of other contents has: that of the fleet, and of the contents. */
export function imageName(name: string, { contentsSha256 }: Pick<Manifest, "contentsSha256">): string {
  const suffix = `-${contentsSha256.slice(0, 10)}`;
  const plain = `buildx-${name}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `${plain.slice(0, LONGEST_NAME - suffix.length).replace(/-+$/, "")}${suffix}`;
}

/**
 * The commands that bring an image to Google Cloud. The features are what Debian's kernel and this boot loader support;
 * without UEFI_COMPATIBLE there is no Secure Boot.
 *
 * @see https://cloud.google.com/compute/docs/import/import-existing-image
 * @see https://cloud.google.com/compute/docs/images/create-custom#guest-os-features
 */
export function instructions(name: string, out: string, manifest: string, made: Manifest): string {
  const image = imageName(name, made);
  return `${out}: ${(made.image.bytes / 1e6).toFixed(0)} MB, a disk of ${made.diskBytes / 1024 ** 3} GiB; its content: ${manifest}
Upload it to Google Cloud, to a bucket of your choice, and set the fleet's \`image\`:

  gcloud storage cp ${out} gs://BUCKET/${image}.tar.gz
  gcloud compute images create ${image} --source-uri=gs://BUCKET/${image}.tar.gz \\
    --architecture=X86_64 --guest-os-features=UEFI_COMPATIBLE,VIRTIO_SCSI_MULTIQUEUE,GVNIC

  image: projects/PROJECT/global/images/${image}`;
}
