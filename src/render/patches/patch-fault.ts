/** Why a patch does not apply. Converted to a KadmError with file and line. */
export class PatchFault extends Error {}
