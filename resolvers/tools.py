"""What the process has one of, for whatever concerns accounts."""

from dataclasses import dataclass
from functools import partial

from access.credentials import Signer
from access.devices import Devices
from access.gate import Gate
from access.guesses import Guesses
from access.keyring import Keyring
from access.passwords import Hasher
from access.sealing import Sealer
from settings import Settings


@dataclass(frozen=True, slots=True)
class Tools:
    settings: Settings
    gate: Gate
    guesses: Guesses
    hasher: Hasher
    signer: Signer
    sealer: Sealer
    devices: Devices

    @classmethod
    def of(cls, settings: Settings, gate: Gate) -> "Tools":
        """Raises SettingsError where the keys cannot be used."""
        keyring = Keyring(settings.signing_keys_file, gate.store.epoch.retired_keys)
        sealer = Sealer(keyring.keys)
        return cls(
            settings=settings,
            gate=gate,
            guesses=Guesses(gate.store, partial(sealer.key, "guesses")),
            hasher=Hasher(settings.hashing_places),
            signer=Signer.from_settings(settings, keyring),
            sealer=sealer,
            devices=Devices(partial(sealer.key, "devices")),
        )
