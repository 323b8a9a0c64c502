from tortoise import BaseDBAsyncClient

# Only the comments of tables change: columns, indexes and rows do not. COMMENT takes a lock that no query waits for.

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        COMMENT ON TABLE "credential_events" IS 'A credential, or all of a user''s, was revoked, or their rights changed.';
        COMMENT ON TABLE "index_state" IS 'One row: the epoch. A credential that Redis holds from another epoch is a cache miss.';
        COMMENT ON TABLE "left_addresses" IS 'A user''s former address, as a keyed digest: its next user continues with the limits that the user has spent.';
        COMMENT ON TABLE "mail_codes" IS 'A code that proves, once, that a user has read an email or given the right password; stored as a digest.';
        COMMENT ON TABLE "mail_cooldowns" IS 'Until when an address is being registered, or when it last was; as a keyed digest. Deleted after an hour.';
        COMMENT ON TABLE "mail_tries" IS 'Tries to send an email that started and did not end: one may be running, the others were lost with their worker.';
        COMMENT ON TABLE "plans" IS 'What its users may spend. A change raises the epoch, so that no process uses the old numbers.';
        COMMENT ON TABLE "recovery_codes" IS 'A code that replaces the authenticator app, once; stored as a digest.';
        COMMENT ON TABLE "retired_keys" IS 'The name of a retired key: what it signed is refused, and it signs no more, even if its file is put back.';
        COMMENT ON TABLE "second_factors" IS 'A user''s authenticator app. Logins need it once it is confirmed.';
        COMMENT ON TABLE "usage" IS 'Calls of one hour (UTC) by user, API token and model, rolled up from Redis'' logs. Rows outlive what they name.';
        COMMENT ON TABLE "usage_days" IS 'Sums of one day (UTC) of `usage`. Triggers on `usage` update them; they stay when hours are deleted.';
        COMMENT ON TABLE "usage_folds" IS 'The position of the usage rollup in one log, that of a partition and a Redis generation.';
        COMMENT ON TABLE "usage_hours" IS 'One row, after hours were deleted for the first time: the first day that still has all of its hours.';
        COMMENT ON TABLE "usage_rejected" IS 'An entry of a log that could not be added to usage, unchanged. Its calls are in no sum.';
        COMMENT ON TABLE "users" IS 'A registered user. `email` is normalised, so it is unique without regard to case.';"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        COMMENT ON TABLE "credential_events" IS 'A credential, or all of a user''s, was ended. Done once Redis knows, or the epoch has risen instead.';
        COMMENT ON TABLE "index_state" IS 'One row. An entry in Redis that was written in another epoch counts for nothing.';
        COMMENT ON TABLE "left_addresses" IS 'Who had an address before, by a digest of it under a key: its next user goes on with what they have spent.';
        COMMENT ON TABLE "mail_codes" IS 'A code that a mail carries, by its digest. Using one, or making a newer one, ends the others of its purpose.';
        COMMENT ON TABLE "mail_cooldowns" IS 'When strangers last had a mail sent to an address, known or not; by digest, and gone after an hour.';
        COMMENT ON TABLE "mail_tries" IS 'Tries to send a mail that have begun and not ended: one under way, the others lost with their worker.';
        COMMENT ON TABLE "plans" IS 'What its users may spend. A change raises the index epoch, so that no process goes on by the old numbers.';
        COMMENT ON TABLE "recovery_codes" IS 'Stands in for the authenticator program, once; by its digest.';
        COMMENT ON TABLE "retired_keys" IS 'The name of a key: what it has signed is refused, and it is used no more. Rows stay, whatever files come back.';
        COMMENT ON TABLE "second_factors" IS 'A user''s authenticator program. It counts from its confirmation on; until then it was only offered.';
        COMMENT ON TABLE "usage" IS 'Calls of one hour, UTC, by user, credential and model; folded out of Redis'' logs. It outlives what it names.';
        COMMENT ON TABLE "usage_days" IS 'Sums of one day, UTC, of what `usage` has by the hour. Triggers on `usage` keep them; they stay when hours go.';
        COMMENT ON TABLE "usage_folds" IS 'How far one log, of a partition and a Redis generation, has been folded into usage.';
        COMMENT ON TABLE "usage_hours" IS 'One row, once hours were cleaned away: the first day that still has all of its hours.';
        COMMENT ON TABLE "usage_rejected" IS 'An entry of a log that could not be booked, as it came. Its calls are in no sum.';
        COMMENT ON TABLE "users" IS 'Somebody who registered. `email` is normalised, so that it is unique without regard to case.';"""


MODELS_STATE = (
    "eJztXelz2zYW/1cw+tJ0RvUmjuMkzs7OyLbcqvGRleWmhzsyTEESYgpUSdCOptv/fd8D70"
        "smdVIMv9gSgAeKP5AP78bfjYkxYLq115rynvHAROOI/N0QdMLgQ6KvSRp0Og16sEHSe10N"
        "plPelzhMNdN7S5pUk9AzpLrFoGnALM3kU8kNvEqjRXRDjH7Q+SMbEM1kAyYkp/oe6Y0Z4Q"
        "PCLSLh090Xye+IMSRcWuTnz70meRpzbYzd1th4EsQQGiNUDIgwJLGkATPt4S8YGBr8BC5G"
        "m7iYLfhfNoP7HzGYx4RL/vEnNHMxYF+ZhV//aNgWdEAjXJ5KNuhT2fgTB00f+kPO9EEEej"
        "7Aoaq9L2dT1XZz0zk9UyPx9u77mqHbExGMns7k2BD+cNvmgz2kwb4RE8zEy4YWRNi67q6e"
        "1+TcBzRI02b+DQyChgEbUlvHZW38e2gLDVeTqCvhn4P/uD8tNKzfv7zq9a/bvX6/kXgK8C"
        "fE1spt0gyBTxAXEuH7+x9n3gAQ1drAC5z81Oq+eH34vYLAsOTIVJ0KrsY/ipBK6pCqpQhQ"
        "Vv8TOJ+MqZmOszc+hjT80EUw9hoCkINXxYPPA2gNkDYm9GtfZ2Ikx/D13cs5EP/S6iqU37"
        "1UKBvwZjsv/aXbs6+6EOwA3DFcqAi43vgqgpsH22xo48hamoEzJLD9+frqMh3bgCKG7oBr"
        "kvyP6NySO4jyHFgRC5x5Yll/6WE8X1y0fo1DfXJ+dRxnHzjBcQz4YNvLC3xAsRTwLvf9Vn"
        "GH+5ZWf8rM/oQLW6bw7I6Q6QuQRhpbCpfv7NYSwM+Ffz/svzp4e/Du9eHBOxiifqff8nbO"
        "KnUuezGIQ1JJAtxT6JF8wtIRjlLGH3OXdM/7sINcpgE3OLgS+sx9Cubg2utctK97rYtPkV"
        "fgtNVrY8++ap3FWl8cxl4LfxLyudP7ieBX8vvVZTv+pvjjer838DdRWxp9YTz16SAksXmt"
        "HmqRVWdfpxxmW2DVo5QVXPUdWWUPk7nLbLJH0MwWebmjlCtY5pKx0SqtMkgabDEWHqWsV7"
        "nMq6xTS/Zta6F1jtPWK70bK82nSAdTp+ge2Qp1Fv1CCnbJ1jmqXx+8yaFgH7zJ1LCxK6Zx"
        "WKAxFDPChUhWaYkr7wv1jOENbZvDh1S7m2cKjUJ7ZpiMj8RHNlMAd+B3UKGlaWyuYfrGnW"
        "Y3IQ1ag9fLpE++MTj8QMG9O3u0wr11fdI6bTcUwvdUe3ii5qAfgRp7jH0j1uKPTXZN9ifx"
        "FiroSIGDd4G/OYx6ipvAW41sFwHeUG7vgMlG3JLMZAOCdHvkjk0o1+/QGC8Mc0J1DqytSS"
        "yDcImNzvKSJw6Pii2RHm6VSINo1GJpLoE1XOF5P0Bt8d+qxV+tcJFN1CdYjVn6eZQ3tmnu"
        "vznIsWvCqMxtU/VF900FV/+RmRwmXURETZ2gllPLLKdOqWU9GbCtDPiIWYV8PimkFXT/7L"
        "/JI5/CqDlvWkJCHXBrqtNZv6gPM05XPW1g9a5M3dCoXgjlgGJzz3PDCdFYP8CvDnMA/CrO"
        "kgKAsSsKsGlkwdsW9iShDkRNlMbGgb65bncLQq1ojgj+vRWt04vO5RFR/+KC6Rb8ybXvJx"
        "v36vp+LNuaMkB1kXWP09YCWqkFNJ2KgsasEMl6jVmb1H/WYstCpFZgy/rkTrOTiD5rygo9"
        "ThFTVhee7W7npDfPlhVAHQ0xjQJ+7NKefewynar7yMQ6HNC6Y/tRFuDRMCVUoTW41yVxuo"
        "B5TuBjVXEymWY8MnO2Cqy67lxVxstilgXzLonUtTNLlUAqZG4P4wlTAbejmjRS/CEeqFeC"
        "9Qz4kwdanPDMn28nRa50eAs4KFr2gMv2I1MTJLMZgt7m3HwGHNdnODCnz+LzmEoyhhkBde"
        "UWoIJQTTNsIZvkyeRSMkG4UJkGMJWwqGNMhyY3zSAgT/orVjr7rbgVlwYZOlIKeWAz64hQ"
        "YhpP6OeA2zP8KWGMuhR8mUwlJkc43+DhZGZTOUMIDPGcIsGvKpQY4QoHdU7E1j0kxZXBTS"
        "r/JVEXdk4F3Fo8Qzn3mIXemdA7onn7cF57cEBRQf/GQR6D+0G2wf0gYXBXEkz/Ae5uUatw"
        "dIYyg964bp+fHRH8eytanzr93tXHNlqHvY9Re/GtuP7tute+AAr1/1b80rnu9K66R8T9sI"
        "hF+X2OFXyfuYDv09evGL8J09QMJ5bxZd9/YVoh12qIpHouvrV4VBeLsqxjKxeKrQTVrVh6"
        "aJSqejivJ0iAydR4px77mpEvF1BUAeJ5Inz7115Eek8kKvoS/PnV5Y/e8Hj2YopvYDthmS"
        "d+VYNM00d8SHOe/SOoklDICNIKlVdoomGA6royGqgYy++sJnmiFnHTitQAOWbcJCYfjaVF"
        "tDEVo/QKDiuZFw0fp4ZgTiWHLhtwi4ypU/3BGePREjY1tLEzK8VAUMLh0WI0b8GHQmaMYz"
        "7KzGBNlYhSclbdV6+80YdOxur7/f3Xr9/uv3x9+O7Nwdu3b9699FNXk13zcliPOz9iGmvk"
        "nfTyWmvzxjcd2lBnb6xU+whtBcVATRDWel1MPoOtaJF8zYCsjrwpm9m1JPJgB1fvWlIVaJ"
        "EQBUO9c6VA9Qz0LX/gs/LfFchWpvF0FIhQeyQsu0E7lZ7gZcCNkKFpTAgVBspRrtCFPiii"
        "UQ2mmHDLSkqDa7vKiuW6pYW68ueUrKQOyZyEHVyqYgKzT7IaeLdtJdiY2FwSxqXe2o56ke"
        "UsjXdFB8xlXyYOBdlDjeUspw7bBp7gMg+QCh+Z6bATVAUZfrMYE01yZ9oY0/avCcUkwr7J"
        "pjof3H1QLEnYk3sY6FYSdN3q+NF9+OBCSaa2ucsuweWCmQpwuyhRZVTZtTE9Hnq4c9uhQz"
        "SVy1V8tZ8n5QFGZeec7CfL6MH7tEjse0BWJzyURRrPsgqUZE87Z0PZcr1EKTtauHvufqbD"
        "QM/dlHc3a7kWUozkmsDu4JI3CUX594HN2IA46ZdHaq8Q7KtUJAQeDcmFzSwnygt3GJ1PcI"
        "zamPC7GocGVMwHkWlm281dHG27n92otacx/Ali0XAfdIscoXl3Yjx6MXSOQuD+rD1y6g6i"
        "Q9hcyf4b0B5scy2qQW3y3ZTJt3ha8vqzkbe3lR7myfo/zE76P0zk/NfW1pXaBB0eX7y2V0"
        "BWPV/FjkghuUIxLVvTYK8pHB8Vp1urLb0ki1s0LW870p2fJ5Ui2oVzqLLlumjGVi4vOwx2"
        "JKGpCdIMSFTo0W46TTQQjVCcR0FI1VVB2WfEH5mTJaBc48QrwfHBPc/AkcycHTDVDb+xCx"
        "c5VGFqm/B8sILZA7UMtikZzFufVCHs+WjeEHmpQ3l/aXc7Z7/12xetzvkRCX+7Fd02Un1q"
        "XV9/vuqeHpHo91sBvO7yx7ZHG/52K67bJ1eXp/2z1okK9I18jb+juewpK6/gsX0hu0Tmqt"
        "XL2E6tuizDa/b5A3G6+hSCxU8h2HDtuJKhvYHicXUdmmz0q2WWrc8gWJbDlWmVc6m9i5Ya"
        "qssM7coK13bAumb2tgsNlbRmtmMFMvSB8SQamVYit7+Zw1LkDM1pLboRkuuBS8zxdaFL7J"
        "4B5qE62Cr3QY3jkuDxARh88iHpq4v7yWBW9JMlzUUbvfISDrpae12D9lonYVR//y+RBb5n"
        "pkYLel3Pc1VYqbz29x4OxQACC8TTwMqtbOCwA5uKQQlkWs5RwTDqiGDa2YTOgPcR0xYCHo"
        "umMoerEASLPAEfJLqBrM8NeODAEg3zgaUw1k3/AIytuPti3MPeeuedlqwu+Z1FoBmrDH0a"
        "/ddmtgr2ULh6hyejM0AYRKHuHLjsBiZ6ARl+fAdMtCwjd35iMUt/QFOdeOwtm/vv2cguEi"
        "Dqj69SyPZS4aElYayqLGkKV/XKlWazVCz5WaRwGkZ2qQNiFItS5YVVTodKynVScK0g3UOd"
        "yqK4HbCWqWmgZxzJnSEgHbux0Cm5I2u/Wn0ITAk06XncabvHvpdI0l/9SQllOKm5ittBOs"
        "YDmpIikANgl65GN+0gbENotmkyIfsmgzu0ZEo5oEyMM6hrpFOQRlY0r6R3JshJwhrfDHwV"
        "RH2dD337SBTjHrSeMl3SbKSTU2SZYfDPACfbQfALqkCXNxfH7e6LV4nKd4EknDdEI6BYKj"
        "hjIUBD0ty9zXXJhbWH19uGQLeymI0CqlPUvbJkYfOKuVaKVTUvnOQruckGH1lGhq/f25yf"
        "3qvG9bF+dU7DHWbJwsWc0lEuPXoYjsiToxcSi4+wwjbHENahrU4ARUua2+PaskyYG8tiEe"
        "7k2g65zpBkakuCCKVY7DZ55SVU0Ic0HTRbN3pIVUJ3XzVavxPEe3iLO0OilBWMe6lYtFNJ"
        "bHmRI0pSuW70CJN5fDd+cEqxlAUsWkA113wGcI0xdV2jEsv6TadORkHxfISlZk3hmEF2ge"
        "vs/bM245XJjLd9p/222eT6EzsX2Z5CZHXAXtkc9nXAXh2wVwfsPSsrRU7SSpGV4idtZctK"
        "kUO+ipbsSEgxe+TcGHHUBRlTmqGqY8xVgQu4zpCbk/TqyctPuIROWR5Gs1UNcz1ikMWoDh"
        "suPGegF6ZYeDNLvScIKyEUzdugV1XyvU5ayiefVkuNj3kJHda4yLrHaGshucxCMgaj9y3J"
        "pinOgTlBhRGyhdyTJVvTHalD+pz87R2mumbpuwxyxopl7yXlaefQ31RR2j8PeJ4UHRw9nE"
        "d+1lGodaKN+cALWL77IvmdVx315889L0KZWypG2rEMpgnPS85WBwSWXISuZbhvUYZTW/SC"
        "Ns44bb3yu7TydcmBRRhsmVY5l+junga2kIc9TFkraGVe5frYzvrYzu3hvJZjO8tjLy9tdn"
        "SF/HK7bxrYmFvuxqKj1Nglp6M5z4Rg+0OetR+cUF23ULXHjGmsL0Fe3PROvif3M+VHa+LZ"
        "7ETFxasATXWxJjENXWcDYk+dw6bUSS7foe3A2iNd4wkmtKXOH5kT7ynHbKYCQpMGh81eHl"
        "O7eyYfjTAbEvZEddjMzEuFlAa5U8hh0pB159bfwOIdVOVxjzFp3LLvFaLK8jHGTrRzsNxV"
        "XPEe69KtJc3lLvNmVBahuUB5dyedphieYZr6CM2UhJsiEqlPUAl39wakUcWdEwDPV6A9mt"
        "pCUmrdWUNJo9jm6pNUKedyI1tsAPuQchDViuEe0NTALwy8SoEvhrtPUsO+MOxcDEEdAHW6"
        "P0lB/0w3aJYkHyOMrcEQKXdwFeYAenp1c3zeJp+67ZPOdcfNiPX3DNWJTdDAHY28226dl6"
        "dekNLDT2lqVqff13xWTVfKZj5d/dqe+LoyULmqMjQ4aitorL5yawivEbRklEBQTZ18cHRh"
        "SwKxqkCpjnwjFPRat0JZUkPf1EXrM+dKzeFqpblWmncSz1ppXrfSnFqaCXXmjMzE1IpMEX"
        "V5B3GeJ+eA+huPpK+V0VoZ/YaAr5XRWhktwSpUXBk9M2KKUaKz+bw6OjTwes28FYZA+uIq"
        "Iho0QuegcopVZQ1dt6dYKhvVRt0YuYdmqoJAU2pKhwZdutRx3xL3UYLm9IJC67pQajUMnz"
        "L0kOO3pcpi1CrpplTSyPLllfsjRBWU/d/lkPzfZde/jUv9obciAXLmYx4lqtLOvrJSlirc"
        "vlhhshBJBZ/bgzyVmw+yKzcfqMrNZdqnf0IDaOZG7fTm2KnH/sBnd+oroY6iaLpHCTkWWH"
        "UIhncyxdAw1bY65KYlCWriR6HvaPh1D9zguq7OuQB11MsIU9Mld+1NXXTFluOl9+jSJ02u"
        "hmVlb78PbCr7GJlXxCwUIfrmjENlYk9d9oVpDrbpHMofkINJmeGxz2ezCsKENGeO/A7ivM"
        "MANMPWncN97hnGbQLrkIajATSJLZz4zcEe6QBfUHYy5V0CpUAYxLInKXmu67tO7ceqlYbq"
        "CF+10lDiHTh84jAws4JaQ5imgk/uatSGBMhpHFpQczYH4xSA72fSKSa7YxDPY7pumXo/Fh"
        "SQPO5ctrq/pZecOk4pa3/8W6/diqFuMmoV48kBRQUf67V4cOtDSqsS8VwSPaLFTK6NGykK"
        "hNszV3OgwZjnNIbshS2bVWBHhPC1GQUemWkVFK5DJDUnz8nJpynF27IRdodXEN1XL/PIfz"
        "AqE13VlzgwTaYWBcg+8ihEsvkzj7azUW7jdKPVb2b//B85D2m9"
)
