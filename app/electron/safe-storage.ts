import { safeStorage } from 'electron'
import type { Vault } from '../../main/registry/credentials/keychain.ts'

/**
 * The desktop app's vault: secrets are encrypted with a key that the system keeps for this app (macOS's Keychain,
 * Windows' DPAPI, a desktop's keyring or KWallet), and the encrypted text is kept in the keychain's file. To be used
 * after the app is ready.
 */
export function safeStorageVault(platform: NodeJS.Platform = process.platform): Vault {
  return {
    id: 'safe-storage',
    where: 'a file that the system’s keychain encrypts',
    problem: async () => {
      if (!safeStorage.isEncryptionAvailable()) return 'the system has no keychain that this app may use'
      // Where Linux has no keyring Chromium encrypts with a password that stands in its source: that hides nothing.
      const open = platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text'
      return open ? 'this desktop has no keyring (GNOME Keyring or KWallet)' : undefined
    },
    seal: async (_scope, secret) => safeStorage.encryptString(secret).toString('base64'),
    open: async (_scope, sealed) => safeStorage.decryptString(Buffer.from(sealed, 'base64')),
    // Without its entry in the file nothing is left of it.
    erase: async () => undefined,
  }
}
