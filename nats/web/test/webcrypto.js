// What browsers have as a global and Node has since its version 20.

import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
