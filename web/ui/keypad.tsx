import clsx from 'clsx'

const KEYS: readonly (readonly [key: string, letters: string])[] = [
  ['1', ''],
  ['2', 'ABC'],
  ['3', 'DEF'],
  ['4', 'GHI'],
  ['5', 'JKL'],
  ['6', 'MNO'],
  ['7', 'PQRS'],
  ['8', 'TUV'],
  ['9', 'WXYZ'],
  ['*', ''],
  ['0', '+'],
  ['#', ''],
]

type Props = {
  readonly label: string
  readonly onPress: (key: string) => void
  readonly onLongZero?: () => void
  readonly isDense?: boolean
}

/** Twelve keys, each named by its sign. */
export function Keypad({ label, onPress, onLongZero, isDense }: Props) {
  return (
    <div role="group" aria-label={label} className="mx-auto grid w-full max-w-72 grid-cols-3 gap-2">
      {KEYS.map(([key, letters]) => (
        <button
          key={key}
          type="button"
          onClick={() => onPress(key)}
          onContextMenu={(event) => {
            if (key !== '0' || !onLongZero) return
            event.preventDefault()
            onLongZero()
          }}
          className={clsx(
            isDense ? 'h-12' : 'h-14',
            'grid select-none content-center justify-items-center rounded-card bg-sunken transition-colors hover:bg-line active:bg-brand-soft',
          )}
        >
          <span className="text-xl font-medium leading-6">{key}</span>
          <span aria-hidden className="h-3.5 text-2xs tracking-widest text-soft">
            {letters}
          </span>
        </button>
      ))}
    </div>
  )
}
