from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "left_addresses" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "digest" VARCHAR(64) NOT NULL,
    "user_id" UUID NOT NULL,
    "left_at" TIMESTAMPTZ NOT NULL,
    "successor_id" UUID
);
CREATE INDEX IF NOT EXISTS "idx_left_addres_digest_b32283" ON "left_addresses" ("digest");
CREATE INDEX IF NOT EXISTS "idx_left_addres_left_at_745bc8" ON "left_addresses" ("left_at");
CREATE INDEX IF NOT EXISTS "idx_left_addres_success_d554d9" ON "left_addresses" ("successor_id");
COMMENT ON TABLE "left_addresses" IS 'Who had an address before, by a digest of it under a key: its next user goes on with what they have spent.';
        -- Of thousands that a day leaves, the few that nobody has confirmed: the worker looks for them each second.
        CREATE INDEX IF NOT EXISTS "credential_events_undone" ON "credential_events" ("user_id") WHERE "done_at" IS NULL;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP INDEX IF EXISTS "credential_events_undone";
        DROP TABLE IF EXISTS "left_addresses";"""


MODELS_STATE = (
    "eJztXVtz2zYW/isYvbQ7o/UmjnOps7Mzsi23ahM7I8lN23VHhklIQk0BKgFa0XT73xcHvN"
    "9kUtaFYvhiSwQOIH4ggXM/f7Vm3CSWOOrM6ZA/ENY6RX+1GJ4R9SHV1kYtPJ+HLXBB4ntL"
    "d8ZzOpLQTV/G90La2JCqZYwtQdQlkwjDpnNJOczS6iCLs8k/LfpITGTYxCRMUmwdoeGUIG"
    "oiKpBUn+7+kPQO8TGiUqAfPw/baDGlxhSaxZQvGOLMIAgzEzEukZBcjXQEv8DkhvoJlE12"
    "MZnD6J8OUfc/IWocW03539/VZcpM8oUI+PrfliNUg7qopseSmCMsW79Dp/nDaEyJZcagpy"
    "Z01ddHcjnX125ueheXuifc3v3I4JYzY2Hv+VJOOQu6Ow41j4AG2iaEERumjSwIcyzLWz3/"
    "knsf6oK0HRLcgBleMMkYOxYsa+vfY4cZsJpIzwR/Tv7j/bRIt9Ho6no4GnSHo1Er9RTAT0"
    "islXfJ4AyeIMokwPfX3+64ISD6agsmOP+h0//21Zt/aAi4kBNbN2q4Wn9rQiyxS6qXIkRZ"
    "/0/hfD7FdjbOfv8E0uqHroOxfyEEOXxVfPh8gLYAaWuGv4wswiZyqr6+e7EC4p87fY3yux"
    "caZa7ebPelv/JajnUTgB2CO1UTlQHX719HcItgmw9tEllhcBghhe2Pg+urbGxDigS6JjUk"
    "+h+yqJAHiPIKWAELGHkmxJ9WFM9vP3Z+SUJ9/uH6LLl9wABnCeDDY68o8CHFs4D3dt+vFX"
    "d131KM5sQezShzZMae3WMyewGySBNL4e07h7UE6ueqf/88fnny9uTdqzcn71QX/TuDK29X"
    "rFLvapiAOMKVpMC9UC2Szkg2wnHK5GPukR75Hw5wl2mpGzSvmbX0noIVuA57H7uDYefjp9"
    "grcNEZdqHlWF9dJq5++ybxWgSDoM+94Q8IvqLfrq+6yTcl6Df8rQW/CTuSjxhfjLAZ4dj8"
    "qz5qsVUnX+ZUjbbGqscpa7jqB7LKPiYrl9kmj0oyW+fljlNuYJkrto3WaZUVp0HW28LjlM"
    "0qV3mVLSzkyBFrrXOStlnpw1hpOgc6NXSG7JEvUOfRryVgV2yd4/L1yesCAvbJ61wJG5oS"
    "EodQEkM5JVyEZJOauOq+UE8o3kC3OX7I1Lv5qtA4tJfcJnTCfiJLDXBP/Q7MjCyJzVNM33"
    "jDHCak4dXw9bLxIlAGRx8ode/uGa1x7wzOOxfdlkb4HhsPC2yboxjU0MKPeeJK0DfdNDue"
    "Ja9ghicaHLgL+M1R1DPMBP5q5JsI4IYKWgcGfEbuublEiylHNplQIQko29EdmWFq3YFKnn"
    "F7hi2qNrg2EhzJKZaISmhxVxotqHpqHAn06q6R5MjAgqStA9ue7GnrQGMH2KsdQC9zmaM1"
    "INiMsvpplHd2lB6/PilwlqpeuYepboufphqu0SOxqRp0HcY1c4CGe60y9zrHQiy4OmxMOi"
    "GilCUog7SGRqHj10W4VtVrxZuW4ltNKuYWXo7KWjaTdPWTETZv4LS4ga1SKIcUu3ueW67j"
    "xvYBfvmmAMAvk1tSCDA0xQG2eR68XebMUkJCXHHJdw70zaDbLwm1pjlF8PeWdS4+9q5Okf"
    "6X5FH3YGVuLEL5uNfXIiQcMScK1XXWPUnbMGiVZtAszEqquCIk21Vx7VL+2YqGC5DagIbr"
    "kzfMQSL6pIIr8jjFFFx99Wz3e+fDVRquEOq442kc8DOP9vKnPrGwvo9crKNurgd2HuUBHn"
    "deAhHaUPf6TJw+qnHO1ce64mQTgz8Se7kJrPreWHXGSxAh1LjPRGrgjlInkEop4aN4qqHU"
    "bocNyTOsJD6o14wMufpTBFoY8DIY7yBZrmx4S5gtOo5JZfeR6AHSMQ5ha3tllAP0GxHoWN"
    "CS8RksBVM1okJdmwUwQ9gwuMNkGy1sKiVhiDIdf6CGYgK7ynR1yQs+CMnTpouNjn7LbtkV"
    "R2OXS0EPZClOEUY2X4Cdwx9NNauLcNtsQuxvBJo46t1Vc3MIl9AWDqS6QISEGnyBBVI/Eb"
    "MlWFhUb+/XlQqb8JiEJmJi75aS8kLhLpUAFREbDk4U3Ju3QzXPmrXemcg7YvjncVG9cEhR"
    "QzvHSRHF+0m+4v0kpXjXnMzoQd3dutrh+AhVBr016H64PEXw95Z1PvVGw+ufuqAl9j/G9c"
    "a3bPDrYNj9qCj0/1v2c2/QG173T5H3YR3N8ncFVvC73AX8Lnv9yu03UZpmw0nEgzn3fxCj"
    "lIk1QlI/U99WLKvr+WA2npdreV4qEa5c8Gicqn44b8dZgMhMv6ch+ZITTRdS1AHiVSx895"
    "dhjHtPhTEGHPyH66vv/e7J2MYMG8F+nDbPg5wHuSqQZJf2Kj1ImEOhlDKkE0m+oFUD2lzY"
    "Bn0BtizIvIARvMrfCH1NTgm1kU0nUymQMQWFg3mELjgjbiaGPjGpQA9KrAn6IzLnxhRNsU"
    "jpSnY5+S2zqdCqFyEJLpokopRy44xOcqNeM/mkjDhX74Wsrm+iG+X63fHxq1dvj1+8evPu"
    "9cnbt6/fvQjCXdNNq+Jez3rfQ+hr7E31Y2EbpcdX7fjQRHxsVCaJHBDlQE0RNtJegmtTJ9"
    "A6MZ4hWeOXUzVlbEW4xB6s3kBi7YaRYhAjrSt5Q/0MjETQ8Umu8FqxVDZfHKEOUzyZtJdg"
    "nnLZKx1nA7xaxJaFGddGJpfZ0tYkoa1ScF09JWkr2TYm2DA392xWrvpxJhvJWLIiiAdWqx"
    "ybHJBsBt59awx2xixXZLvSb3BPcwtymbVjxTus3LRs6Ko4Dt2XkoLybBerDcLdSBQv+Ejs"
    "cD8h8E0QwtroznbAz+1fMwyBhSObzC1q3r3XEiNzZvdgMHdzDnqmdvjoPXxqovR+trtpn7"
    "HLhSOV2O3iRLURYLe26dHIw11YJx2hqV384svjImEQqld+HMpxOuGeep/W8YcPyZogiKrw"
    "4Hm6gIqcaR/IWHY8i1HGiRZtXnmeWaqjb3oqepp9nnI0xab2IXMp0T0Bb7A2ul8ijNxwTP"
    "fQQI566sAR7IEsT/XJwcgXqfWnaMKJQJzpkHi0gJNJnR1LNfQjQRAhIrP82HY1NTi5ffZ4"
    "/cWUsIjHHJyBXiokUOjO+KPvU+fKA94vO0LfgxIYj9Wpio5foyl3bNFoeKvOtK46RsvHKG"
    "8/NHl/Z+ibIikA3uRnAHiTSgDQKFc3qgJ0N/fy6b9CsvqZJg6E/Sjkjykcw1AHTWknqSTd"
    "VlXnFVncsjF6+2HrgqCpDJ4uGlCVz9DFw7cKmdpVZ1cxAMULwEjNDNXRveKnPJpiJf4T4L"
    "wQzAB8z4Q+Alvkmr6Rn4zjPTBiwGy5J19WjYXtT1imzsLcsdXzQEqGDDQ81654Ln99Mpmu"
    "p114I+SV9t/9udvvXf466n7s9D6coui3W9bvAtWnzmDw+bp/cYri32+Z2tuuvu/6tNFvt2"
    "zQPb++uhhdds61d2/sa/LdLKQ42Xj6jv0z1RXSS22ep3YT1eVpWPNLEiTpmsIE6xcm2HHi"
    "uIqhvYPMcU0Smnz066V/bcoSPHeHq9IqFxJz180z1OQYOpQVbvR+TRrtfWcZqmgabVfrwy"
    "2TL1grVyvktbcLaIbcrgW1QzdMUiu0f3kmNwpWN4V5JAm2Dm3Q/ahEUFEAvEzex4xyEXNc"
    "zDSmBgbTWFpTtOvJn2GWa2TYLciwTaRF/bmAiujddQK9jN3VT6yXv6tCcroyKX5AU60LHK"
    "AZXmpfA/MIdbzAMaQWVhC3yLB+nlzf4rCUAONobnMw3gQuDGqXg+5qW/e89URO+p9dzdyU"
    "MagAO7hq99xvOeMKHVSbz/VdhQqkVWPAN12CNATKxBkOrQUA9ugadLMKvHJmOLZNmBzZRN"
    "2hkBmJLHIxzqFukM5AGraiVUlpc0FOEzb45uCrIRpZdByw93GMh+rqBbEkzkc6PUSeFAF/"
    "TBjsAMEvaba/uvl41u1/+zKVs2lvpc/XAjTCzd071JKUiSOYbx8M3cYMjyVEqriO8JmpeW"
    "umHyyXl7d0SJqkNjF/IjnxaEFre3Uwmu43ggysxUTQIcR0qcncLCbaMX7hlagDhytBJ5Af"
    "loLr1djRRewwM/0Cduo7iIEzbpMj1OcL1V/iZVuPoOPJxtRSkqHB1fgAU1oO3f30zxBGH7"
    "Kk0Xwp6SFTHD18IWn72jz/MV6n7HiUsoZm3JoZ7yui7Yul28/cf+Pp+FftwMkiAAVqlkq1"
    "qQlIIDD20kEpnKYQa2lgqa7MbT6x8cx1i33SnfbZo2XskKFzrGel+L1R4FVJgbd/a9O+t8"
    "XtxyGtcxxFyBp/k6pZmhp/k8bfpPE3eZI3ilWByeCNklVi8nmjWIGawtFIbmbNbCbmCPVk"
    "kGfJ5jPNyqhJxtSeaeWEYnLeI0e7jUjPHQSSnXDFQCuRc6yrtac4qB3N+QxJtDrb1V7l0u"
    "0wU4JgSx3b6mlV0mSGhjg3yXGKsBas1apjflPJjhvP/WJcbr2E/4SVETbQ9dY9Qduw2lVm"
    "tcEdcyQkmWcYF1bE0MbI1jJvVmxNDyTr3lNcvF9OcMs8fBX4jA1z8M/kyt2yl5kMeVARcx"
    "UvHhbfLMKFW3xC2RECew3VBhlQLN79Iemdnwvwx8/Dtl8bUOgqfkJxzdn89TNHaxwKK85C"
    "Nzzc18jD6SN6TU1pkrZZ+UNa+Sbudp0NtkqrXIh1t8kjf1jTLh+lbAS0Kq9yU7CuKVi3P5"
    "y3UrCuOvryygYH1si6d/iqgZ0Z924EnmR6PLkN7VUqBCfo8qT+4BxblgDRHuKsIby6jW6G"
    "5zpFMwDTjhbYAwdPPdt7NOaWCSmVHZ3AWdct+AZ0B0Lb4NRliz4SEXiMwi1kxDrucnJIEj"
    "206WQCUZXqPNRlFZZ+SKXk6E6jBgFH4u4IXcBzAKHrEj8Q4ZeJQXiBdSSlTQonL4T7ajIW"
    "VjRjYZWPn6qwySWyGLsBOOXwjNI0heEyQnTK8KABQS0M3DvgP/XunAJ4tcjs0zQ6kUpLyw"
    "ZwF+UO14CkTlGaOzliQ9jHmFqkJFMT0jTArw28Dpovh3tA0sC+NuyUgeOgEqBHswz0Ly2O"
    "8zj5BGFiDcZAeYCrsALQi+ubsw9d9KnfPe8Nel4MbXBm6Ea4pC5QVwbvdzsfqpPxX0veFz"
    "gzDjRoaz8pmGsRs5h0PnBmgXxsQgClFo/VBS3buhLrnY7H9BL86ARpKJBzOQs6PRAyhy6z"
    "9279JAjIdBOx6WJHaMIzApZ2Pn1TbqnSu14jSDeC9EHi2QjS2xakMxM8gRydE+WYmdcpJk"
    "IfIM6reB8lEif96RsBtRFQvyLgGwG1EVArsAo1F1AveUIwSjW2nxZRwcRaUEb9gS9Uk62F"
    "RItP2m7CoDm2JdWu0mC4xV5p+7AWfNsVGwlhvjlXLQ9Heva0ILqlOTLzaQSjRh5t+PasxB"
    "qNILorQTS2fEW5/RhRDTn+dwX4/Xf5uXOTvH7krUiBnPuYx4nqdJ5vLA2mdrUvl8osQlLD"
    "5/akSNbnk/yszyc663OVTucfQNuZezy7rQXO52nQ8cnz+VqdmTZfuFmlPG3rQvF1SKGFIY"
    "cf+DSdavXtmNpCgqbXK/AqqWXpM1RJnX74lx4gfUJvbZYNa4SffQpXPiRyM5tS/gH7QOZy"
    "BOk1yqh7YkRfndKnShtQn/xBDBfb7D0o6FBgG7KjfZ+OVWWIMGkvXe5d8fHuBmBwB8pScK"
    "lYdXTPIRqljdR2QFWT+n3g1CmQVnwhbEPJC0gtKpxZRvjqFiZoLFKNIFAfhqoRBCp85kbL"
    "aKpdrKQkEKWp4ZO7GVEgBXLWDs2wvVyBcQbA90vpppQ9MIhXbbpe2vrA01Mheda76vR/zU"
    "4hdZaR5v7s12G3k6pxjkW5PTmkqOFjvRVbbFNzry7+zBWRHDrEpsa0lSEyeC0rZQUc9nlK"
    "Rshf2KrpAQ6ECd+aGuCR2KIkcx0haXbygjv5PCMZWz7CXvcaovvyRRH+T/XKRVe3pQqoyc"
    "wg//wSSBGS3ddA2s9BuY9qR5s/zP7+PxD0xd4="
)
