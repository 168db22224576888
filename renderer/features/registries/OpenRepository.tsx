import { Autocomplete, Button } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { navigate } from '../../app/use-route.ts'
import { useSettings } from '../../engine.ts'
import page from '../planning/page.module.css'
import css from './registries.module.css'

const openTags = (repository: string) => navigate({ screen: 'registries', repository })

/** A field for any repository. Only sending it asks the network. */
export function OpenRepository(props: {
  readonly large?: boolean
  /** Where it leads to; to its tags unless said otherwise. */
  readonly onOpen?: (repository: string) => void
}) {
  const { large = false, onOpen = openTags } = props
  const [typed, setTyped] = useState('')
  const recent = useSettings().data?.recentTargets ?? []
  const reference = typed.trim()

  function open(event: FormEvent): void {
    event.preventDefault()
    if (reference === '') return
    onOpen(reference)
    setTyped('')
  }

  return (
    <form className={css.open} onSubmit={open} data-large={large || undefined}>
      <Autocomplete
        aria-label="Repository"
        placeholder={large ? 'ghcr.io/me/cache, or oci-layout:///folder' : 'ghcr.io/me/cache'}
        data={[...recent]}
        value={typed}
        onChange={setTyped}
        spellCheck={false}
        classNames={{ input: page.monoInput }}
        className={css.openField}
      />
      <Button
        type="submit"
        className={css.openButton}
        variant={large ? 'filled' : 'default'}
        disabled={reference === ''}
        aria-label="Open repository"
      >
        {large ? 'Open' : <IconArrowRight size={16} aria-hidden />}
      </Button>
    </form>
  )
}
