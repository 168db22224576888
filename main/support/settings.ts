import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Settings } from '../api/models.ts'

/** The user's settings: one small JSON file, replaced by rename. */
export interface SettingsFile {
  read(): Settings
  /** Changes what is given, keeps the rest. Throws the system's errors when the file cannot be written. */
  write(change: Partial<Settings>): Promise<Settings>
}

/** Reads `settings.json` in `folder`. Whatever in it is not understood counts as not set: settings are never in the way. */
export async function openSettings(folder: string): Promise<SettingsFile> {
  const file = join(folder, 'settings.json')
  let settings = parse(await readFile(file, 'utf8').catch(() => '{}'))
  return {
    read: () => settings,
    write: async (change) => {
      settings = Settings.parse({ ...settings, ...change })
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const temporary = `${file}.${process.pid}.tmp`
      await writeFile(temporary, `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 })
      await rename(temporary, file)
      return settings
    },
  }
}

function parse(text: string): Settings {
  const defaults = Settings.parse({})
  try {
    const stored: unknown = JSON.parse(text)
    const parsed = Settings.safeParse(stored)
    return parsed.success ? parsed.data : defaults
  } catch {
    return defaults
  }
}
