/**
 * The identifiers of the disk and its parts: fixed, so that the same inputs give the same disk. Two machines with one
 * of them is what every cloud image has; a machine is told from another by its machine-id.
 */
export const DISK_ID = "6a2b7c1e-52a5-4b1f-8a4c-0b6f3d0e9a10";
export const ESP_PARTITION_ID = "0f1d3a5b-7f6d-4e07-9f0c-2d5b8f7a1c21";
export const ROOT_PARTITION_ID = "c4d1e7f2-3b58-4d6a-bb0e-7e1a9c5d4f32";
export const ROOT_FILE_SYSTEM_ID = "9b7e2f64-1c0d-4c8b-a5e3-4f6d2b1a8c43";
/** Of the hashes that directories are ordered by. */
export const ROOT_HASH_SEED = "57d0a1b8-6e2f-4a93-8c17-e0b9d3f4a654";
/** A FAT volume's serial number: eight hexadecimal digits. */
export const ESP_VOLUME_ID = "5b71a8c0";
