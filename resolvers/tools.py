"""The objects for accounts that a process has one of each."""

from dataclasses import dataclass
from functools import partial

from access.credentials import Signer
from access.devices import Devices
from access.keyring import Keyring
from access.passwords import Hasher
from access.sealing import Sealer
from limits.attempts import Attempts
from limits.gate import Gate
from resolvers.jobs.watching import Watch
from settings import Settings


@dataclass(frozen=True, slots=True)
class Tools:
    settings: Settings
    gate: Gate
    attempts: Attempts
    hasher: Hasher
    signer: Signer
    sealer: Sealer
    devices: Devices
    jobs: Watch

    @classmethod
    def of(cls, settings: Settings, gate: Gate) -> "Tools":
        """Raises SettingsError if the keys cannot be used."""
        keyring = Keyring(settings.signing_keys_file, gate.retired_keys)
        sealer = Sealer(keyring.keys)
        return cls(
            settings=settings,
            gate=gate,
            attempts=gate.attempts(partial(sealer.key, "guesses")),
            hasher=Hasher(settings.hashing_places),
            signer=Signer.from_settings(settings, keyring),
            sealer=sealer,
            devices=Devices(partial(sealer.key, "devices")),
            jobs=Watch(),
        )
