import { TextInput } from '@mantine/core'
import page from '../../planning/page.module.css'
import css from './acts.module.css'

interface ConfirmProps {
  /** What has to be typed. */
  readonly words: string
  readonly typed: string
  readonly onType: (typed: string) => void
  readonly onConfirm: () => void
}

/** What is deleted from a registry does not come back: it is typed, not clicked away. */
export function Confirm({ words, typed, onType, onConfirm }: ConfirmProps) {
  return (
    <form
      className={css.confirm}
      onSubmit={(event) => {
        event.preventDefault()
        onConfirm()
      }}
    >
      <TextInput
        label={
          <>
            To confirm, type <b>{words}</b>
          </>
        }
        description="What is deleted from a registry does not come back."
        value={typed}
        onChange={(event) => onType(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: page.monoInput }}
      />
    </form>
  )
}
