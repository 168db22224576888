import { Autocomplete, Button } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconStethoscope } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import type { RegistryLogin } from '../../../../main/api/registries.ts'
import { errorBody } from '../../../client.ts'
import { useWhoami } from '../../../engine.ts'
import { DoctorView } from '../../doctor/DoctorView.tsx'
import { useDoctor } from '../../doctor/use-doctor.ts'
import { LoginTable } from './LoginTable.tsx'
import { usedLogin } from './logins.ts'
import css from './registries.module.css'

interface CheckProps {
  /** `oci://registry.example.org/`; nothing where the registry is typed as well. */
  readonly prefix: string
  readonly start?: string
  readonly recent: readonly string[]
  /** How a repository has to look there: `OWNER/CACHE`. */
  readonly example?: string
  /** All logins of the registry, shown for as long as no repository is named. */
  readonly logins?: readonly RegistryLogin[]
  readonly onLogout?: (login: RegistryLogin) => void
}

/** A repository, the logins for it with the one that is used, and the doctor. */
export function RepositoryCheck({ prefix, start = '', recent, example, logins, onLogout }: CheckProps) {
  const [typed, setTyped] = useState(start)
  const { run, start: examine, forget } = useDoctor()
  const reference = complete(prefix, typed)
  // Asking helpers takes a moment: not for every letter.
  const [settled] = useDebouncedValue(reference, 300)
  const identity = useWhoami(settled)
  const decided = identity.data !== undefined && settled !== undefined && settled === reference
  const wrong = settled === reference ? identity.error : null
  const shown = decided ? identity.data.logins : (logins ?? [])
  const known = typed === start || recent.includes(typed)

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (reference !== undefined) void examine({ to: reference })
  }

  return (
    <>
      <section className={css.section}>
        <h3>Repository</h3>
        <form className={css.ask} onSubmit={submit}>
          {prefix !== '' && <span className={css.prefix}>{prefix}</span>}
          <Autocomplete
            className={css.askField}
            aria-label="Repository"
            placeholder={example ?? 'registry.example.org/me/cache'}
            data={[...recent]}
            // The list is offered whole unless something of one's own is being typed.
            filter={({ options }) => (known ? options : [])}
            value={typed}
            onChange={(value) => {
              setTyped(value)
              forget()
            }}
            spellCheck={false}
            classNames={{ input: css.monoInput }}
          />
          <Button
            type="submit"
            leftSection={<IconStethoscope size={15} />}
            disabled={reference === undefined}
            loading={run.kind === 'running'}
          >
            Run the doctor
          </Button>
        </form>
      </section>
      {(logins || decided || wrong) && (
        <section className={css.section}>
          <h3>{decided ? `Logins for ${identity.data.repository}` : 'Logins'}</h3>
          {wrong && <p className={css.problem}>{errorBody(wrong).message}</p>}
          {shown.length > 0 && <LoginTable logins={shown} decided={decided} onLogout={onLogout} />}
          <p className={css.dim}>{loginWords(decided, shown)}</p>
        </section>
      )}
      {run.kind !== 'idle' && (
        <section className={css.section}>
          <h3>Doctor</h3>
          <DoctorView run={run} />
        </section>
      )}
    </>
  )
}

/** What was typed as a reference, when it names a repository. */
function complete(prefix: string, typed: string): string | undefined {
  const reference = prefix + typed.trim()
  return /^[^/]+(:\/\/[^/]+)?\/[^/]/.test(reference) && !reference.endsWith('/') ? reference : undefined
}

function loginWords(decided: boolean, logins: readonly RegistryLogin[]): string {
  if (logins.length === 0) return 'None. It is asked anonymously: that is enough to read what is public.'
  if (decided) return usedLogin(logins) ? '' : 'None of them works: it is asked anonymously.'
  return 'Tried in this order; the first that covers a repository is used. Name a repository to see which.'
}
