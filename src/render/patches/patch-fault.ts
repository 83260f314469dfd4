/** Why a patch does not apply; becomes a KadmError that names file and line. */
export class PatchFault extends Error {}
