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
    "eJztXVtz2zYW/isYvTQ7o3oTx3ESZ2dnFFtO1fiSkeSmF3domIQk1BSgEqAVTbf/fXFAUr"
    "zLpKwLpfLFFgEcgPxAAueOvxpjbhFbHLQmtM8fCGucoL8aDI+J+pGqa6IGnkzCGiiQ+N7W"
    "jfGEGhKa6WJ8L6SDTalqBtgWRBVZRJgOnUjKYZRGC9mcDb+36SOxkOkQizBJsX2A+iOCqI"
    "WoQFL9uvtD0jvEB4hKgX782m+i6YiaI6gWIz5liDOTIMwsxLhEQnLV0wHcgcVNdQuUDTcx"
    "mMvony5Rzz8kqh9HDfnb76qYMot8IwIuf2u4QlWoQjU8lsQysGz8Do0mD8aAEtuKQU8taK"
    "rLDTmb6LKbm87ZuW4Jj3dvmNx2xyxsPZnJEWfz5q5LrQOggbohYcSBYSMTwlzb9mcvKPKe"
    "QxVIxyXzB7DCAosMsGvDtDb+M3CZCbOJ9Ejw5+i//q1FmhnG1XXf6LX7htFIvQVwC4m58o"
    "tMzuANokwCfH/97fUbAqJLGzDA6Q+t7ovXx//SEHAhh46u1HA1/taEWGKPVE9FiLL+n8L5"
    "dISdbJyD9gmk1Y0ug3FQEIIcfioBfAFAa4C0McbfDJuwoRypy3cvF0D8U6urUX73UqPM1Z"
    "ftffRXfs2hrgKwQ3BHaqAy4Abt9xHcItjmQ5tEVpgcekhh+2Pv+iob25Aiga5FTYn+h2wq"
    "5A6ivABWwAJ6Hgvxpx3F88Vl6+ck1KcX1x+Tywd08DEBfLjtFQU+pHgW8P7q+0/FXT23FM"
    "aEOMaYMldmrNkdJrMnIIs0MRX+urNbU6BuV/37/vDV0dujd6+Pj96pJvo+5yVvF8xS56qf"
    "gDjClaTAPVM1ko5JNsJxyuRr7pMeBD92cJVpqAe0rpk989+CBbj2O5ftXr91+SX2CZy1+m"
    "2oOdSls0Tpi+PEZzHvBH3t9H9AcIl+vb5qJ7+Uebv+rw24J+xKbjA+NbAV4diC0gC12KyT"
    "bxOqelti1uOUezjrOzLLASYLp9khj0oyW+bjjlOuYJortozu0ywrToMst4THKetZrvIs21"
    "hIwxVLzXOStp7p3ZhpOgE61XWG7JEvUOfRLyVgV2ye4/L10ZsCAvbRm1wJG6oSEodQEkM5"
    "JVyEZJWauOp+UE8o3kC3OXjI1LsFqtA4tOfcIXTIPpOZBrij7gMzM0ti8xXTN343uwlpWB"
    "p+Xg6ezpXB0RdKPbu3R2vcW73T1lm7oRG+x+bDFDuWEYMaavghT5TM26arxofjZAlmeKjB"
    "gaeAe46inmEmCGYj30QAD1TQOtDjY3LPrRmajjhyyJAKSUDZju7IGFP7DlTyjDtjbFO1wD"
    "WR4EiOsERUQo0302hK1VvjSqBXT40kRyYWJG0dWPdgT1sHajvAVu0AeprLbK1zgtUoq59G"
    "eWNb6eGbowJ7qWqVu5nquvhuquEyHolDVafLMK6ZHdTca5W51wkWYsrVZmPRIRGlLEEZpH"
    "toFDp8U4RrVa0WfGkpvtWiYmLjmVHWspmk2z8ZYfUGTpub2C6Fckixufe54TlurB/gV8cF"
    "AH6VXJJCgKEqDrDD8+BtM3ecEhLiiku+caBveu1uSag1zQmCv7esdXbZuTpB+l+SR92Clb"
    "m2COXjvr8WIeGKCVGoLjPvSdqaQas0g2ZjVlLFFSFZr4prk/LPWjRcgNQKNFxf/G52EtEn"
    "FVyR1ymm4Oqqd7vbOe0v0nCFUMcdT+OAf/Rpzz93iY31c+RiHXVz3bH9KA/wuPMSiNCmet"
    "Zn4nSp+jlVP/cVJ4eY/JE4s1Vg1fX72me8BBFC9ftMpHpeL/sEUiklfBRP1ZVa7bApeYaV"
    "JAD1mpE+V3+KQAsdns/720mWKxveEmaLlmtR2X4kuoN0jENY21wY5QDtDAINC1oyvoKlYK"
    "R6VKhrswBmCJsmd5lsoqlDpSQMUabjD1RXTGBPma6K/OCDkDxtulhp77fsll1xNPC4FPRA"
    "ZuIEYeTwKdg5gt5UtSqEx2ZD4nwn0NBV364am0O4hLZwINUEIiRU51MskLpFzGZgYVGt/b"
    "srFTbhMwl1xMTWLSXlhcJNKgEqIjbsnCi4NW+Hau41S30zkW/EDPbjonrhkGIP7RxHRRTv"
    "R/mK96OU4l1zMsaDerpltcPxHqoMeqPXvjg/QfD3lrW+dIz+9ec2aImDn3G98S3r/dLrty"
    "8Vhf5/y37q9Dr96+4J8n8so1l+X2AG3+dO4Pvs+Su33kRp6gUnEQ/m3v9BzFIm1gjJ/pn6"
    "1mJZXc4Hs/a8XMrzUolw5YJH41T7h/N6nAWIzPR76pNvOdF0IcU+QLyIhW//3I9x76kwxj"
    "kHf3F99SlonoxtzLARbMdp83Se8yBXBZJs0lykBwlzKJRShrQiyReaoCXAtg35FjCCD/g7"
    "0dT6Am1DPEBnnBEv40KXWFSgByW+CE0F2gwy4eYIjVRzhwqt5BCS4MzcDxsZc8VOnh/pMD"
    "emNZMLyohi9T+36noeejGs7w8PX79+e/jy9fG7N0dv375593IezJquWhTV+rHzCQJbY99h"
    "EOlaqzT+0W4NdTzHSiWOyPJfDtQUYS3LJXgytQEtE8EZktVeN1VTtVaEB+zA7PUk1k4WKf"
    "YvUruQ89PvgCHmDZ/k+a4VR+Xw6QFqMcVlSWcGxiePu9JRNMB9RSxVmHFtQvJ4LW0rEtrm"
    "BOXqLUkzeOsYYMXc3LNZuepHkawkH8mCEB2YrXJs8pxkNfBuWx+wMWa5IsuV/oI7mluQs6"
    "wVK95g4aLlQFPFcei2lBSUVttYLRDeQqJ4wUfihOsJgStBCGuiO8cFL7Z/jzGEDRoOmdjU"
    "uvugBUbmju/BHO5lFPQN6fDTf/nUQOn1bHPDPmOVC3sqsdrFifZGgF3bokcjL3dhjXOEZu"
    "+iE18dFglyUK3yo0wO0+n01Pe0jLd7SFaHOFSFB8/TBVRkT7sgA9ny7UEZO1q0euF+ZquG"
    "gWGp6G72dcTRCFvaQ8yjRPcEfL2a6H6GMPKCLb1NA7nqrQM3rwcyO4GweL3xgOJT1THyTa"
    "IhJwJxpsPeVQO1P6kdZKaaPBIEUSAyy1dtszcA7mxffb5/OiIs4hsH+6Gf9Ah0u2P+GHjP"
    "ebKBf38H6BPog/FA6nux8KxW9Vade120n5YPRV5/BPL2NtPjIpH+x/mB/sepOP9ay7pSXa"
    "C3ypfP8hWS7Z+NYkf4kEJul8I1TbXLlPaFStKtVYdekcktG4q3Hf5uHhuVwdxF46byObt4"
    "lFYhi7pq7GkI4IwCMFYzUzX0SoLMRtpmTYD5QjACMD1D+gg8EXLocCRRkHPjA/BioCrwdr"
    "5Mc/raByxznMLEddT7QEpGBtQ816Z4rmB+Mpmupz11I+SVdtP9qd3tnP9itC9bnYsTFL26"
    "Zd02UH1p9Xpfr7tnJyh+fcvU2nb1qR3QRq9uWa99en11Zpy3TrUTb+wy+W0W0qCsPEvH9p"
    "nqCimoVs9Te/no8lSt+ScPJOnq8weWP39gw/nhKob2BhLE1blm8tHfL0VsffrAc1e4Ks1y"
    "ITF32XRCdSqhXZnhWu9XZ8vedjKhimbL9rQ+3Lb4lDVytUJ+fbOAZshrWlA7dMMktUPjl2"
    "91o2B4U5hHcl3rEAfdjkoEBweAu8mHmF0uYpGL28UYGnHXSWuKNj34M8xytQy7Bhm2DrnY"
    "fy6gInp3nScvY3UN8uflr6qQg65MJh/QVOtzDNAYz7SjgXWAWsgcQTYcpCZWEO8sYf0+eU"
    "7G4YkBjKOJw8F4M/dfUKscNFfLuu+2J3Ky/Gxq5Pq0ggqwg4tWz+2eWlyhjWr1Kb2rcNBo"
    "1RjwVZ80GgJl4QzP1gIA+3Q1ulnnuHJmuo5DmDQcop5QyIx8FbkY51DXSGcgDUvRotyzuS"
    "CnCWt8c/DVEBk2HczZ+zjGfVV6RmyJ85FOd5EnRcAfCzrbQfBLmu2vbi4/trsvXqVSM23t"
    "hPOlAI1wc/cutSVl4gDG2wZDtzLDYwmRKq4jfGYG3j3TD5ZLv1s6Nk1Sh1ifSU5g2ry2uT"
    "gqTbczINFqMRG0D8FdajAvf4nvG++dRAcOV4IOIQ0sBdergavPqsPMCs6pU9cgBo65Qw5Q"
    "l09Ve4lnTd2Ddq8fUFtJhiZX/QNMaTl088M/Qxh9yJJG86Wkh0xxdPeFpPVr84LXeJnTxa"
    "OUe2jG3TPjfUW0fbGs+pnrbzzr/qIVOJnrv8DRpFItagIyCQz8tFAKpxEEXZpYqpKJw4cO"
    "HntusU+60z67t4wVMnSO9a0Uv9cKvCop8LZvbdr2srj+OKRltqMIWe1vUjVLU+1vUvub1P"
    "4mT/JGscNeMnij5GEw+bxR7ByawtFIXk7NbCbmAHXkPOGSw8ealVGDDKgz1soJxeR8QK52"
    "G5G+OwhkPeGKgVYi50Afyp7ioDY05jMk0eosV1uVS9fDTAmCbbVtq7dVSZMZGuLcXMYpwr"
    "1grRZt86vKaVx77hfjcvdL+E9YGWEBXW7eE7Q1q11lVhvcMQ0hySTDuLAghjZGtpR5s2Jz"
    "uiPp957i4oNTA9fMw1eBz1gxB/9Mrtw73TKTIZ8ffLmIFw/P2CzChdt8SNkBAnsN1QYZUC"
    "ze/SHpXZAU8Mev/WZwBKDQh/UJxTVn89fP7K12KKw4C13zcP9EHk5v0UtqSpO09czv0szX"
    "cbfLLLBVmuVCrLtDHvnDknb5KGUtoFV5lutz6epz6baH81rOpauOvryywYF7ZN3bfdXAxo"
    "x7NwIPMz2evIrmIhWCO2/ypP7gFNu2ANEe4qwhvLqJbvqnOkszANOMHKinHTz1aB/QgNsW"
    "5FN2dQ5nfYDBd6A7ENoGp4pt+kjE3GMUHiEj1nHTg9fJnCusC20u0FpUeZeoCjdbItmwFy"
    "dTDs8oTX2QW0YkTRlWcU6wF3boDbCJsDmUlWwDmlp1UWmh1gQmoNzmOifZp2DKjWyxIewD"
    "TG1SkqkJaWrglwZex7aXw31OUsO+NOyUgX+fknONcQb65zbHeZx8gjAxBwOg3MFZWADo2f"
    "XNx4s2+tJtn3Z6HT/Udb5n6EooUgXUE5W77dZFdRLzawH5nCcEuFRl80kJ2gBBs6Ad/gc+"
    "VVWOlmSVKNr0wiYn2IFDCDnT4iv2T/oLj8Zr6ljKe0JYINSq6eFIj54Wl9c0RmZU0bzXyK"
    "sNV88KL6oF5k0JzLHpKyqVxIj2UDIpcp5g/mmCqbMEN3Is5i6AvOJkINrhoFxAd4RkD9/b"
    "oyK5r47yc18d6dxXFdmdW8Sh5ihra/ZrFu7LOGzz1JacD3bVDvzekS1tbUffPhJHlNyqIi"
    "R7+MGvRYUGH1UJhP3me4juq5dF1lPVKv9gnJepbIJqRJnpL5CfTSlCsvl0StuRLLeROGn1"
    "m9nf/weca6AI"
)
