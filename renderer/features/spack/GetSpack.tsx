import { Button } from '@mantine/core'
import { IconRefresh, IconTerminal2 } from '@tabler/icons-react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import { Command } from '../../ui/Command.tsx'
import { ExternalLink } from '../../ui/ExternalLink.tsx'
import css from './spack.module.css'

/** What only Spack can do, where there is none: why, how to get it, and where it is looked for. */
export function GetSpack({ error, onAgain }: { readonly error: ErrorBody; readonly onAgain: () => void }) {
  const { command } = error.details ?? {}
  const lines = (error.hint ?? '').split('\n').filter((line) => line !== '' && line !== command)
  const [first, ...rest] = lines
  return (
    <div className={css.getSpack}>
      <h2>
        <IconTerminal2 size={18} aria-hidden /> This needs a Spack of your own
      </h2>
      <p role="alert">{sentence(error.message)}</p>
      {first !== undefined && <p>{first}</p>}
      {typeof command === 'string' && <Command value={command} />}
      {rest.map((line) => (
        <p key={line}>{line}</p>
      ))}
      <p>
        Everything else works without it: editing the environment, mirrors, pushing, browsing, composing and installing
        from a cache.
      </p>
      <p>
        <ExternalLink address="https://spack.readthedocs.io/en/latest/getting_started.html" />
      </p>
      <div>
        <Button variant="default" leftSection={<IconRefresh size={15} />} onClick={onAgain}>
          Look again
        </Button>
      </div>
    </div>
  )
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
}
