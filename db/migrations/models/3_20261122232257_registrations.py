from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "mail_cooldowns" (
    "digest" VARCHAR(64) NOT NULL PRIMARY KEY,
    "at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_mail_cooldo_at_51944e" ON "mail_cooldowns" ("at");
COMMENT ON TABLE "mail_cooldowns" IS 'When strangers last had a mail sent to an address, known or not; by digest, and gone after an hour.';
        ALTER TABLE "mail_codes" ADD "registration" JSONB;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE "mail_codes" DROP COLUMN "registration";
        DROP TABLE IF EXISTS "mail_cooldowns";"""


MODELS_STATE = (
    "eJztXf9T2zgW/1c0+WV7M9kspEDZ9uZmAoRrdgt0IGzvttcxwlYSHY6UtWRSptf//fRkO/"
    "4e7JAvTupfIJH0JPvz7Kf3TS/fGmNuEVu0OhPa5w+ENd6ibw2Gx0R9SPU1UQNPJmEPNEh8"
    "b+vBeEINCcN0M74X0sGmVD0DbAuimiwiTIdOJOWwSqODbM6GP9v0kVjIdIhFmKTYbqH+iC"
    "BqISqQVJ/u/ivpHeIDRKVAv33qN9F0RM0RdIsRnzLEmUkQZhZiXCIhuZqpBVdgcVNdAmXD"
    "dSzmMvqXS9T9D4max1FLfv6imimzyFci4OvnhitUh2pUy2NJLAPLxhcYNHkwBpTYVgx6as"
    "FQ3W7Ip4luu73tnZ3rkXB794bJbXfMwtGTJznibDbcdanVAhroGxJGHFg2whDm2rbPvaDJ"
    "uw/VIB2XzG7AChssMsCuDWxt/H3gMhO4ifRK8OfgH/6lRYYZxuVV37jp9g2jkXoK4BISvP"
    "KbTM7gCaJMAnzfvnvzhoDo1gYscPq+c/3q9dHfNARcyKGjOzVcje+aEEvskWpWhCjr/ymc"
    "T0fYycY5GJ9AWl3oIhgHDSHI4asSwBcAtAJIG2P81bAJG8qR+nq8NwfiPzrXGuXjPY0yV2"
    "+299Jf+j1t3QVgh+CO1EJlwA3G7yK4RbDNhzaJrDA5zJDC9rebq8tsbEOKBLoWNSX6H7Kp"
    "kFuI8hxYAQuYeSzEX3YUz1cXnX8loT79cHWSFB8wwUkC+HDbKwp8SPEi4H3p+6Piru5bCm"
    "NCHGNMmSszZHaPyWwGZJEmWOHLne1igbpc9e/n9v7Bm4Pj10cHx2qIvs5Zy5s5XOpd9hMQ"
    "R7SSFLhnqkfSMclGOE6ZfMx90lbwYQulTEPdoHXF7Cf/KZiDa7930b3pdy4+xl6Bs06/Cz"
    "1t3fqUaH11lHgtZpOgT73+ewRf0Z9Xl93kmzIb1/+zAdeEXckNxqcGtiIaW9AaoBbjOvk6"
    "oWq2Bbgep9xBrm8JlwNM5rLZIY/KMlvk5Y5TLoHNFROju8RlpWmQxUR4nLLmcpW5bGMhDV"
    "csxOckbc3p7eA0nQCdmjrD9sg3qPPoFzKwK8bnuH19cFjAwD44zLWwoSthcQhlMZRzwkVI"
    "lumJq+4L9YzjDXybg4dMv1vgCo1De84dQofsd/KkAe6p68DMzLLYfMf0rT/NdkIatoavl4"
    "OnM2dw9IFS9+7t0Rr3zs1p56zb0AjfY/Nhih3LiEENPbzNEy2zsemucXucbMEMDzU4cBdw"
    "zVHUM8IEATfyQwRwQwWjAzd8TO659YSmI44cMqRCEnC2ozsyxtS+A5c8484Y21QJuCYSHM"
    "kRlohK6PE4jaZUPTWuBHp110hyZGJB0tGBVS/2fHSgjgNsNA6g2Vxma50RLMdZ/TzKa9tK"
    "24cHBfZSNSp3M9V98d1Uw2U8EoeqSRdRXDMnqLXXKmuvEyzElKvNxqJDIkpFgjJIdzAo1D"
    "4sorWqUXPetJTealExsfGTUTaymaTbPRth+QFOm5vYLoVySLG+57nhJW6sHuD9owIA7ydF"
    "UggwdMUBdngevF3mjlNGQtxxydcO9O1N97ok1JrmLYK//2Gds4ve5Vuk/yV11A1EmeuIUD"
    "7uuxsREq6YEIXqInxP0tYKWqUVNBuzki6uCMlqXVzrtH9W4uECpJbg4froT7OViD7r4Io8"
    "TjEH17V6tq97p/15Hq4Q6njiaRzwE5/2/PdrYmN9H7lYR9Nct2w/ygM8nrwEJrSp7vWFOF"
    "2oeU7Vx13FSRAh1LwvROnGm2WXQFqlU/l0lpPdfSR6yZR/OTmkOc/VHOZ4GwRGF05KDwmb"
    "iDsI2zbkg2MEvuufRBNNsUBax2mhM86IlxF+TZT9jB7UTis0FeSSkwk3R2ikhjtUEIaogl"
    "NpjVm56WtZc8lO6BM6zM25y9QQMrLs/D2hup5RL8fu13b79es37b3XR8eHB2/eHB7vzZLt"
    "0l3zsu5Oev+ExLuYxhdk4uU7p8vr4eu0u9bKj901u+p48xICPDHfRSD+y4GaInwBtNtju5"
    "ZA1lIb0CIZZiFZ7RWomlcgZcduJrGgB9y7kVgbgSn1L9I7V/PTz4AhZgOf1fmulEbl8GkL"
    "dZjSsqTzpNQmX7vSUX7QvqYOlVIrVAgzDvqTr2uZ3FUPARooBQza1VOSVvBWscCStbkXq3"
    "LVj3Iv5bzEnBQC4FY5NXlGshx4N+0TX5uyXBFxpd/gntYW5FOWxIoPmCu0HBiqNA49lpKC"
    "1moXKwHhCRKlCz4SJ5QnBL4JQlgT3TkueNl+GWNIazIcMrGpdfdOG4zMHd+rgf6JZyWkIK"
    "EJPvoPn1ooLc/Wt+wLpFw4UwlpFyfaGQN2ZUKPRh7uojHwKM3OZU/tt4sEYdWo/Ch4O33c"
    "V71Pi0TjQrI6BFsVHTzPF1CRPW3m28/YzqJ+//ydLB5lKORxVYO9HQQjoEYmdhy1BzbR/Z"
    "PeFLwssBa6FeqBQOAAJczyCnZoTVkEG8nEdRQrMhJ8V7VImbIfPl3Jmh+1m3VdbtaAP5lb"
    "2fP5RhHyKucqNv7oXvfO/210Lzq9D29R9FvyrdlMzlf5bNFlJ4lWSJ04KpKLfZSfin2Uys"
    "T2TjfkKcb5dSySdHU1i8WrWdSJdT+KVleXWnjpC1glLhfKqls0d7LOm9wWDteh2vpo8KYz"
    "Jyt6NNhzEXDb4tPMSqKx/mYBN4I3tKAr4dOIMASD2BDsdSh/gEbYCix+QZiEY7mYIb8YQl"
    "OnTzHkxdbegSvAMyaausbnELwAeCCJAzQj7jppz8Ka1nyBI7w2qFZgUNXZWru/51fEJauP"
    "AGTI0uBoQL4MhfT6wqJTlzMQOuVUKNn1hPRRnhbqIHMEwg0pxgriOUT18+TlJ4TFEBhHE4"
    "ebSsQpIaYGcgayTftPbcuP+IksAbrGletCDBVQ/uZJz80WZK7QRrX808pVqKFaNXV72UVU"
    "Q6AsnBEULwCwT1ejm1WiljPTdRylUhsOUXcoZMYZnVyMc6hrpDOQBlE071hdLshpwhrfHH"
    "w1RIZNBzP1Po5xX7WeEVvifKTTU+RZEfDHgsm2EPySkd7L24uT7vWr/V+TG+DGircvBGhE"
    "m7t3qS0pEy1YbxMK3dKiYCVMqrhH8IWHMXfMG7jSk5jBwdUMkzNypjXf6oweny32K0BDyk"
    "r8EM9zP/PzotlqA7HiBmIdO89XUnY3dl6xmtc15+usic1zfUu4XCimXv9AxY/A5cXK2NfF"
    "6xcqXq+0+3K/vxen2j2cV1JvtcrJQBUJ9u5QLlAVi6hVNBXoVmDtNM34mQDoaM7/nYBgyL"
    "P+g1Ns2/poDuTNQLpME932T/WpHgCmGamtpPNr9Grv0IDbFrEQ1OtXtPos60/gOxAt1JPQ"
    "DL8ULNDUr/IPt5ARu1734nUJpy09W1TlXaIq2myJGjRe3KMcnlGauqZPRmSkjKo4I6jyUb"
    "cqqYmwOZS1bAOa2nVRaaPWBCWg3OY6I9ml4PhattgQ9gGmNimp1IQ0NfALA69zlcrhPiOp"
    "YV8YdsoGxCHKzjXGGeif2xznafIJwgQPBkC5hVyYA+jZ1e3Jhy76eN097d30/NSF2Z6hO6"
    "FJNdCg3njnQ3XqSmkD+ZwnDLhUZ/NZC9oAQ7NgHP49n6ouR1uyyhRtegWIJ9iBelScafMV"
    "+0WfwipJTV1r+J4QFhi1ij0c6dXT5vKK1siwij83ZrNGHm349qU2mKsj3eYU44iyr6hVEi"
    "PaQctkyb/vs5YKadsA8pKTO3XCQZb4eOaXmjMlyC48twdFzjIc5J9lONBnGSqyO3eIQ81R"
    "1tbs98zdl3E45rktOR/sqtV+3ZItbWVVEB+JI0puVRGSHXzhV+JCg5eqBML+8B1Ed3+viD"
    "xVo/Krbu2lToepFWVmvkB+dnyEZP3p8ZuxLDeRCL/8zez7/wEFKxu2"
)
