from tortoise import BaseDBAsyncClient

# The foreign key is written by hand, as PgQueuer's table has no model. It makes the row go with its job, also where the
# previous version, which knows nothing of it, sends the mail.

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "mail_tries" (
    "job_id" BIGINT NOT NULL PRIMARY KEY,
    "begun" INT NOT NULL,
    FOREIGN KEY ("job_id") REFERENCES "pgqueuer" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "mail_tries" IS 'Tries to send a mail that have begun and not ended: one under way, the others lost with their worker.';"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE IF EXISTS "mail_tries";"""


MODELS_STATE = (
    "eJztXVtz2zYW/isYvSQ7o/UmjuIk7s7OKLacqontrCQ3vbhDwyQkIaYAlQStaLr974sDku"
    "JdJnWlGL7YIoADkB9I4NzxV2PCDWLaR+0pHfAHwhqn6K8GwxMifyTqmqiBp9OgBgoEvjdV"
    "YzylmoBmqhjf28LCupA1Q2zaRBYZxNYtOhWUwyiNNjI5G/3TpI/EQLpFDMIExeYRGowJog"
    "aiNhLy191XQe8QHyIqbPTTl0ETzcZUH0O1PeYzhjjTCcLMQIwLZAsuezqCOzC4Lm+BstEu"
    "BnMY/dMh8vlHRPZjySF//0MWU2aQb8SGy98bji0rZKEcHgtiaFg0/oBG0wdtSIlpRKCnBj"
    "RV5ZqYT1XZzU33/EK1hMe713RuOhMWtJ7OxZizRXPHocYR0EDdiDBiwbChCWGOaXqz5xe5"
    "zyELhOWQxQMYQYFBhtgxYVob/x46TIfZRGok+NP6j3droWaadnU90PqdgaY1Em8B3EJsrr"
    "winTN4gygTAN9ff7v9BoCo0gYMcPZju/f81ck/FATcFiNLVSq4Gn8rQiywS6qmIkBZ/U/g"
    "fDbGVjrOfvsY0vJGV8HYLwhADj4VHz4foC1A2pjgb5pJ2EiM5eXbF0sg/rndUyi/faFQ5v"
    "LLdj/6K6/mWFUB2AG4YzlQEXD99lUENw+22dDGkbV1Dj0ksP2pf32Vjm1AEUPXoLpA/0Mm"
    "tcUBorwEVsACep7Y9p9mGM/nl+1f4lCffbp+H18+oIP3MeCDbS8v8AHFWsB7q+/3irt8bm"
    "FrU2JpE8ockbJmd5lIn4A00thUeOvOYU2BvF3575/HL1tvWm9fnbTeyibqPhclb5bMUvdq"
    "EIM4xJUkwD2XNYJOSDrCUcr4a+6RHvk/DnCVacgHNK6ZOffegiW4DrqXnf6gffk58gmctw"
    "cdqDlWpfNY6fOT2Gex6AR96Q5+RHCJfru+6sS/lEW7wW8NuCfsCK4xPtOwEeLY/FIftcis"
    "k29TKntbYdajlBWc9QOZZR+TpdNskUcpma3ycUcpNzDNJVtGqzTLktMgqy3hUcp6lss8yy"
    "a2hebYK81znLae6cOYaToFOtl1iuyRLVBn0a8kYJdsnqPydet1DgG79TpTwoaqmMRhS4mh"
    "mBIuRLJJTVx5P6gnFG+g2xw+pOrdfFVoFNoLbhE6Yh/JXAHclfeBmZ4msXmK6Ruvm8OENC"
    "gNPi8LzxbK4PALJZ/d3aMV7u3+Wfu801AI32P9YYYtQ4tADTX8mMdKFm2TVZPjSbwEMzxS"
    "4MBTwD2HUU8xE/izkW0igAfKaR3o8wm558YczcYcWWREbUFA2Y7uyART8w5U8oxbE2xSuc"
    "A1kc2RGGOBqIAad6bRjMq3xhFAL58aCY50bJOkdWDbgz1tHajtAHu1A6hpLrK1Lgg2o6x+"
    "GuWdbaXHr1s59lLZKnMzVXXR3VTBpT0Si8pOV2FcUzuoudcyc69TbNszLjcbg46IXcgSlE"
    "JaQaPQ8es8XKtsteRLS/CtBrWnJp5rRS2bcbrqyQibN3CaXMdmIZQDit29zw3XcWP7AL88"
    "yQHwy/iSFAAMVVGALZ4Fb4c5k4SQEFVc8p0DfdPv9ApCrWhOEfy9Ze3zy+7VKVL/4jzqHq"
    "zMtUUoG/fqWoRsx54Sieoq8x6nrRm0UjNoJmYFVVwhku2quHYp/2xFwwVIbUDD9dnr5iAR"
    "fVLBFXqdIgqunny3e92zwTINVwB11PE0Cvh7j/biY4+YWD1HJtZhN9cD24+yAI86L4EIrc"
    "tnXROnS9nPmfxZVZwsovNHYs03gVXP66vKeNnEtmW/ayLVd3upEkiFlPBhPGVXcrXDuuAp"
    "VhIf1GtGBlz+yQMtdHix6O8gWa50eAuYLdqOQUXnkagOkjEOQW1zaZQDtNMINMxpyfgClo"
    "Kx7FGirswCmCGs69xhoolmFhWCMESZij+QXTEbu8p0WeQFHwTkSdPFRnu/ZbfsiqOhy6Wg"
    "BzK3TxFGFp+BncPvTVbLQnhsNiLWMxuNHPntyrE5hEsoCweSTSBCQnY+wzaSt4jZHCwssr"
    "V3d4XCJjwmoY6Y2LulpLhQuEslQEnEhoMTBffm7VDOvWalbyb0jej+fpxXLxxQVNDO0cqj"
    "eG9lK95bCcW74mS0B/l0q2qHoz2UGfRGv/Pp4hTB31vW/tzVBtcfO6Al9n9G9ca3rP9rf9"
    "C5lBTq/y37udvvDq57p8j7sYpm+V2OGXyXOYHv0uev2HoTpqkXnFg8mHP/leiFTKwhkuqZ"
    "+rZiWV3NB7P2vFzJ81KKcMWCR6NU1cN5O84CRKT6PQ3It4xouoCiChAvY+E7vwwi3HsijH"
    "HBwX+6vvrgN4/HNqbYCPbjtHm2yHmQqQKJN2ku04MEORQKKUPaoeQLTdASYNOEfAsYwQf8"
    "zG4qfYGyIR6hc86Im3GhRwxqowcpvtiKCrQZZMr1MRrL5ha1lZLDFgSn5n7YyZgbdvJ8T0"
    "eZMa2pXFBKFKv3uZXX89CNYX13fPzq1ZvjF69O3r5uvXnz+u2LRTBrsmpZVOv77gcIbI18"
    "h36ka63S+K7dGup4jo1KHKHlvxioCcJalovxZHIDWiWCMyCrvW7KpmotCQ/YhdnrC6ycLB"
    "LsX6h2Keen3gHNXjR8kue7lhyVxWdHqM0klyWsORifXO5KRdEA9xWyVGHGlQnJ5bWUrchW"
    "Nicol29JksHbxgAb5ubWZuXKH0WykXwkS0J0YLaKsckLks3Au299wM6Y5ZIsV+oL7ipuQc"
    "zTVqxog6WLlgVNJceh2lKSU1rtYLlAuAuJ5AUfiRWsJwSubEJYE91ZDnix/WuCIWxQs8jU"
    "pMbdD0pgZM7kHszhbkZBz5AOP72XTw6UXM92N+waq1zQU4HVLkpUGQF2a4seDb3cuTXOIZ"
    "rKRSe+PM4T5CBbZUeZHCfT6cnvaRVv94CsDnEoCw+epQsoyZ628J1N2c7CfrXZO1nUizeX"
    "xlU2dncQyGELykymy4ZuiR/5rnSacsYRRjACKDxH9FEyzBhZdDQWyI/J/AHdz9VW4sZmpq"
    "pbtz5gkXS7U8eS7w8p6DlWq193pX715yd1i3vakyNEXmo3jp87ve7Fr1rnst39dIrCV7es"
    "1wGqz+1+/8t17/wURa9vmdy5rj50fNrw1S3rd86ur861i/aZcvKIXMa/zf1EcRaP/9502H"
    "eJGJiTPNkVTrKTK5wkciu4+UqyWPHszLRxujo/7er5aXecP6RkaO8ggUgdi/y9MOp1dtp1"
    "V7gyzXIu7/NVw83rUPNDmeHa+l5nU9x3sHlJsym6Wh9uGnyWevhSpL6ZQzPkNs2pHbphgp"
    "oQtcdU4KDrqQzGgnsiMQ/lQlQucKodFQgSy4I5QqlmsKeYQY6cf4gMfCDzI/QB/OjwUEAJ"
    "Q2PuWElN0a4HX8PaUcuwW5Bha5e86nMBJdK7D6xUK7Jf9fTaKmcqr9Z9AE0hHNuWTKqv4h"
    "ZurPYjkQvcyGGLc+QUH3uKYNFyl7EZnjeVHVc5qtjI5LDkUTGGQirrufVAUhbUnYwKQeJ3"
    "X/m93Evv/HPzYKBnNpKl4GDzefRfhzgqNFwB6J+iByp/xpGC17VTg2V6xOU9+8NAF+uu1e"
    "69FVPpBzTVccXZs15fvW0FfAMW7avkrbOWZ0BJ1k6Vgypl4fRzU2WvmpDfqUiWDLDyqRzh"
    "ckGZI5VL7gi1kT6GTBNIgmsTd71Rk+o68AXZuOXSMrW4DjykWlM4Aw5RLWim4bnE2BkZNH"
    "Y1cp0JvASi9LJVa78ngpaIyd98utwyHOJXxW0iHWMDp3iN5QDYo6vRTTsjkTPdsSzChGYR"
    "+YS2SIkFz8Q4g7pGOgVpWIqW5XXMBDlJWOObga+CSDPpcKEaiWI8kKXnxBQ4G+lkF1kaGP"
    "hjQGcHCH5B0ejq5vJ9p/f8ZSLtyd5OD14J0BA3d+9QU1BmH8F4+2DoNua0UUCkitpX1sxu"
    "WTHbSrHUloXjPgS1iPGRZAR9LGqbyyM+VDsNkhjm1NlB4IQczM0NIOlO0cw75Qk0VzYdQY"
    "pFCm6rQ0edAwWqNO8MKHnt6rYscoR6fCbbC9CnQQ8qaGNITSkZ6lz2DzClKO92PvwawuhD"
    "mjSaLSU9pIqjhy8kbd8S4r/Gq5zcG6asoAtMxRyfSqLti2SsTl1/oxmtl63A8TzaOY79E3"
    "JRs8GIMPRSrkicxhDQpGMhS6YWH1l44oYUPBmKsHZvKStkEFjgWXj/qBV4ZVLg7d9Sv+9l"
    "ccv+5isePV2fOr3/raf21dvN+lT76lXTVy9ykEIKbxQ/aCGbN4qc8ZA7ktPNV5fOxByhrl"
    "gkM7H4RLEycpAhtSZKOSGZnB+Qo1zuhOdKBxkFuGSgpcg5VAceJzioHY25hiRanuVqr3Lp"
    "dpgpm2BTbtvybZXSZIqGODNPaIKwEqzVsm1+U/lC66infFxutYT/mJURFtDV5j1GW7PaZW"
    "a1wZVdswWZphgXljgrRshWMm+WbE4PJLXVU1y8fyLXlnn4MvAZG+bg1+TK3ZPjUhnyxaFy"
    "y3jx4Py6PFy4yUeUHSGw11DD94C++yronZ9w66cvA9/nmdrK2dqWXHM6f71mb7VDYclZ6J"
    "qH+x55OLVFr6gpjdPWM39IM1/nLFhlgS3TLOdi3S3yyB9WtMuHKWsBrcyzXJ/5VJ/5tD+c"
    "t3LmU3n05aUNrK6Qde/wVQM7M+7d2HiU6vHkVjSXqRCcRZMn9Qdn2DRtEO0h8BpSUzTRze"
    "CsCc5HAEwzdFiVcvD0oqWH3DSIgbgjgFYlB38GugNb2eBksUkfIY7a8xiFR0iJddz14PWZ"
    "WCXWhTaXaC3KvEuUhZstcKiPGydTDM8wTX1IUkokTRFWcUFQCTv0DthE2ByKSrY+Ta26KL"
    "VQqwMTUGxzXZBUKZhyJ1tsAPsQU5MUZGoCmhr4lYFXse3FcF+Q1LCvDDtl4N8n5VxtkoL+"
    "hclxFicfI4zNwRAoD3AWlgB6fn3z/lMHfe51zrr9rhfqutgzVCUUyQLqisq9TvtTeRIEKQ"
    "H5gscEuERl80kJWgNBM6cd/kc+k1WWkmSlKNp0wyan2IIDvrib5gx7p2gFx041VSzlPSHM"
    "F2rl9HCkRk+Ky1saIzWqaNFr6NWGq7XCi2qBeVcCc2T68kolEaIKSiZ5zurKPqkrcU7XTo"
    "6cOwSQN5wMRDkcFAvoDpFU8L1t5cl91crOfdVSua9Ksju3iUX1cdrW7NUs3Zdx0OapLTkb"
    "7LIdpnsgW9rWjpV8JJZdcKsKkVTwg9+KCg0+qgIIe80riO7LF3nWU9kq+1CxF4lsgnJEke"
    "ovkJ1NKUSy+3RK+5Es95E4afOb2d//ByAXId0="
)
