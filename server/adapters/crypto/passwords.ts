import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Passwords } from '#identity'
import { createHashingQueue } from './hashing-queue.ts'

/** RFC 9106, 4: the second recommended choice, with less memory and one lane more than OWASP's least. */
const MEMORY_KIB = 19_456
const PASSES = 2
const LANES = 1
const TAG_BYTES = 32
const SALT_BYTES = 16
/** About a second of waiting. */
const LONGEST_QUEUE = 24

type Parameters = {
  readonly memory: number
  readonly passes: number
  readonly lanes: number
  readonly salt: Buffer
  readonly tag: Buffer
}

/** argon2id as PHC strings: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
export function createPasswords(): Passwords {
  const queue = createHashingQueue(LONGEST_QUEUE)
  const nobody = hashWith('nobody has this password', randomBytes(SALT_BYTES))
  return {
    hash: (password) => queue.run('known', () => hashWith(password, randomBytes(SALT_BYTES))),
    async verify(password, hash, urgency) {
      const parameters = parse(hash ?? (await nobody))
      const tag = await queue.run(urgency, () => derive(password, parameters))
      return timingSafeEqual(tag, parameters.tag) && hash !== null
    },
  }
}

async function hashWith(password: string, salt: Buffer): Promise<string> {
  const tag = await derive(password, {
    memory: MEMORY_KIB,
    passes: PASSES,
    lanes: LANES,
    salt,
    tag: Buffer.alloc(TAG_BYTES),
  })
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpadded(salt)}$${unpadded(tag)}`
}

function derive(password: string, { memory, passes, lanes, salt, tag }: Parameters): Promise<Buffer> {
  const options = {
    message: password.normalize('NFKC'),
    nonce: salt,
    parallelism: lanes,
    tagLength: tag.length,
    memory,
    passes,
  }
  return new Promise((resolve, reject) => {
    argon2('argon2id', options, (error, derived) => (error ? reject(error) : resolve(derived)))
  })
}

function parse(phc: string): Parameters {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc)
  if (match === null) throw new Error('a stored password is not an argon2id PHC string')
  const [, memory, passes, lanes, salt = '', tag = ''] = match
  return {
    memory: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
