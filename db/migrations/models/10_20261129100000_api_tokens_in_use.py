from tortoise import BaseDBAsyncClient

# Columns that may be null and have no default: no row is written again, and the previous version leaves them null.

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE "api_tokens" ADD "allowed_networks" JSONB;
        ALTER TABLE "api_tokens" ADD "replaced_by_id" UUID;
        ALTER TABLE "api_tokens" ADD "first_id" UUID;
        ALTER TABLE "api_tokens" ADD "reminded_days" SMALLINT;
        ALTER TABLE "api_tokens" ADD "reminded_at" TIMESTAMPTZ;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE "api_tokens" DROP COLUMN "reminded_at";
        ALTER TABLE "api_tokens" DROP COLUMN "reminded_days";
        ALTER TABLE "api_tokens" DROP COLUMN "first_id";
        ALTER TABLE "api_tokens" DROP COLUMN "replaced_by_id";
        ALTER TABLE "api_tokens" DROP COLUMN "allowed_networks";"""


MODELS_STATE = (
    "eJztXVtz2zYW/isYvTQ7o/UmjuOk7s7OyLbSqvUlK8nNdtcdGiYhCTEFaknQiqbb/7444J"
    "0EZVJXiuGLLQE4oPiBPDh3/NGaWgYxnaPOjA6tJ8JaZ+iPFsNTIj5k+tqohWezqAcaOH40"
    "5WA8oxqHYbIZPzrcxjoXPSNsOkQ0GcTRbTrj1IKrtDrItNj4ryZ9JgbSbWIQxik2j9BwQh"
    "A1EHUQF58evnD6gKwRotxBP38ettF8QvUJdDsTa86QxXSCMDMQszhyuCVmOoJfYFi6+AmU"
    "jXdxMZfR/7pE3P+YiHlsccn//C6aKTPIV+LA1/+0XEd0iEZxecyJoWHe+h0GzZ60ESWmkY"
    "CeGjBUtmt8MZNtd3e9y49yJNzeo6Zbpjtl0ejZgk8sFg53XWocAQ30jQkjNlw2tiDMNU1/"
    "9YIm7z5EA7ddEt6AETUYZIRdE5a19feRy3RYTSSvBH9O/uH/tNgwTbu5HWqD7lDTWpmnAH"
    "5Caq38Jt1i8ARRxgG+P/705o0Aka0tuMDFT53+q7enf5EQWA4f27JTwtX6UxJijj1SuRQR"
    "yvJ/BueLCbbVOAfjU0iLH7oKxkFDBHL0qgTwBQBtAdLWFH/VTMLGfCK+fni9BOJfO32J8o"
    "fXEmVLvNneS3/j9xzLLgA7AnciLlQG3GB8HcEtgm0+tGlkHd2CGTLY/jy4vVFjG1Gk0DWo"
    "ztH/kEkdfoAoL4EVsICZp47zXzOO56vrzr/SUF9c3Z6n2QdMcJ4CPtr2igIfUawFvM99v1"
    "XcsWlac7FlMsLnlv1UagVUtM1arL4W4r65o82IrU0pc7li/+wxrl4KFWlqKfw94LCWQPxc"
    "8e+vx29O3p98eHt68kEMkb8zbHm/ZJV6N8MUxDEJMQPupejhdErUCCcp04+5T3oUfDhAjt"
    "8SN2jcMnPhPwVLcB32rruDYef6U+IVuOwMu9BzLFsXqdZXp6nXIpwEfe4Nf0LwFf379qab"
    "flPCccN/t+A3YZdbGrPmGjZi0nPQGqCWWHXydUbFbCusepKyhqt+IKscYLJ0mW3yLLTkVV"
    "7uJOUGlrlibLROqyykPrIaC09SNqtc5VU2scM111lpndO0zUofxkrTGdCJqRVaSL5xI49+"
    "JWNHxdY5aes4eVfA2HHyLtfaAV1/pnbMmYl1Ad3jQitnF81SrmEjrRjq61hEI2xH1BYPZj"
    "lU4zQNnulndQq/39AMvFAwiMEUm2aufpwhrpFy/Pb4/WmoF8OXZSrx4LpzdZXVi0N8VpGd"
    "E6TNZlvlzRY8ZSV5Uoxkk26w6i7qCzwJHIujJ6XTK/BDJqH9aNmEjtkvZCEB7onfgZmuMt"
    "H5XuE7f5rDhDRqjV5lG89DT2z8gRL37illEvfO4KJz2W1JhB+x/jTHtqEloIYe69hKtYRj"
    "s13T42m6BTM8luDAXcBvjqOu8NEHq5Hvn4cbKuyat8mYOpzYxEBAd4QeyBRT8wE84cyyxS"
    "5GhSzbRo6FKIdGb3nRnIpHxeVAL24VcQvp2CEqf/wWrvCyE75xt+/V3S5XuIzWFBJsxif8"
    "Mso705KO350UUJPEqFw9SfYl5SMJl/ZMbComXUVKUk7QyEpVlpVm2HHmlthWDDomTqmACw"
    "VpDWMvjt8VMUiIUUvetIxJwqDOzMQLrWwAUZqufuafzccRmZaOzVIoRxS7e55bXnzk9gF+"
    "c1oA4DdplhQBDF0ptdrKg7fL3GlGHUjq1dbOgb4bdPsloZY0Zwj+3rPO5XXv5gzJf2nBdA"
    "/BXI2zPx/3+jr7HdeZkRVtWWnaRkCrtIBmYlbSmBUj2a4xa5f6z1ZsWYDUBmxZn/xpDhLR"
    "F01ZsccpYcrqi2e737sYLrNlxWIwE/kdScDPfdqPv/SJieV95GIdzyY5sP0oD/BkjDCo0L"
    "q41zVxuhbzXIiPdcXJJrr1TOzFJrDq+3PVGS+HOI6Yd02kBt4sdQKplLk9jqeYSnA7rHNL"
    "4Q8JQL1lZGiJP0WghQk/hvMdpMilhreEg6LjGpR3n4mcIJtKGPW2lyYTwjiNwMCCPovPE8"
    "zRRMwoUJduAcwQ1nXLZbyN5jblnDBEmUzzE1MxB3vGdNHk5/hF5Fl/xUZnv2f37MZCI09K"
    "QU9k4ZwhjGxrDn4OcXtWOKUYIy8lvkxnHDITvW/i4SR2WzpDkBgSOEWiX1UqK9EXDpqExL"
    "17SMorg7tU/iuiLhycCri3eIZq7jFrhlh5rLWMPTiiqKF/46SIwf0k3+B+kjG4SwlGexJ3"
    "t6pVODlDlUFvDbpXH88Q/L1nnU89bXj7Sxesw8HHpL34ng1+Gwy714JC/r9nv/YGveFt/w"
    "z5H1axKH9fYAW/z13A79XrV47fxGkahpNKt3YfvxC9lGs1RlI/F99WPKqrhdU3wfRlg+ml"
    "YCFUt3K1GZJU9cN5O0EChCvjnYbka04AeERRB4iXifDdfw0T0nsmMz2U4K9ub34MhqfT1R"
    "W+gf2EZV6EJYVyTR/pIe1l9o+oRFEpI0gnVtuoDYYBbJrSaCBjLL9z2miOHeTnkcoBfEKo"
    "jWw6nnAH6RPMxurySRuZFwwflxYjXhmlPjGogybYK73kjQloEZlZ+sSbFUMgKKLi0SK4aL"
    "WlUmaMczrOTclQSkSKPAz/1atu9KGXhfH98fHbt++PX789/fDu5P37dx9ehzkZ2a5lGRrn"
    "vR8hPyPxTgYJG41545sObWiyNzaqfcS2gnKgZggbvS4ln4mtaJUE/Yisibypmtm1IvJgD1"
    "ZvwLEMtMiIgrHepVKgfAY0Jxz4ovx3K2Qr25qfRSLUEYrLbqId80DwssSNoJFtTRFmFshR"
    "vtAFPiikY11MMaWOk5UGt3aVDct1awt11c8p2UjhqSUJO7BU5QTmkGQz8O7bSrAzsbkijE"
    "u+tT35IvOFinclByxlXzYMFbKHHEtJQR22K3iCzzyEVPhMbI+dgCpI4JtDCGujB9uFmLa/"
    "TTEkEWpQ6IEaDz9IlsTc6aMY6Jfx9d3q8NF/+MSFskxtd5ddg8tFM5Xgdkmi2qiyW2N6NP"
    "ZwF7ZDx2hql6v45rhIyoMYlZ9zcpytYSvep1Vi3yOyJuGhKtJ4nlWgInvaFRnxju8lUuxo"
    "8e6l+5kpBgbupqK7Wce3kEIk11TsDj55G2GQf5/IghjIS788k3sFI1+5JEHi0eCUucTxor"
    "xghzHpFMbIjQm+y3FgQIV8EK4y2+7u4mDb/exHrc0n4k8Uiwb7oF/VDsy7U+s5iKHzFAL/"
    "Zx2hS38QHonNFR2/E9qDa29FNWhMvrsy+ZZPS95+NvL+ttLTIln/p/lJ/6eZnP/G2rpRm6"
    "DH48sXc4zI6uerOBAppFAopuPquthrSsdHpem2akuvyOKWTcvbj3QX5kkpRLt4DlW+XJfM"
    "2CrkZReDPUloZgtpRkhU4NFue004Eo1AnAdBSNZVAdlnTJ+JlyUgXeMoKMHxg3+YkCeZeT"
    "ug0g2/swuXOdFo5tri+SAlswcaGWxXMliwPkoh7OVo3hh5pUN5f+32ex9/07rXnd7VGYp/"
    "u2f9LlB96gwGn2/7l2co+f2eCV5382M3oI1/u2eD7sXtzaX2sXMhA30TX9PvaCF7ysYreO"
    "xfyK6QuWrzMrZXqy7P8Jp/9Eyarjl2ZvVjZ3ZcO65iaO+geFxThyYf/XqZZZtDZ9blcFVa"
    "5UJq76qlhpoyQ4eywo0dsKmZve9CQxWtme1ZgSzTsOaslWsl8vvbBSxF3tCC1qI7xqkZuc"
    "Q8Xxe4xB6JwDxWB1vmPshxlCM4LwaCT37I+urSfjIxK/jJsuainV55DQddo71uQXttkjDq"
    "v/9XyAI/tJXRgkHXy1xVrFRR+/sQhkIAgSPE08jKLW3gYge2JYNiwLQMxCyOxKgzBGlnU7"
    "wQvA/ZLmPisWhLc7gMQXDQXPBBZFrA+vyABypYomU/EQVj3fUPgNiKhy/Wo9hb5fkIMu4a"
    "Lvmdg0QzVBn6NP6nS1wZ7CFxbft1h8AZwCwkUT9CwwkJAhODgIwwvkNMtC4j935iOUt/RF"
    "OfeOw9m/sfydgtEyAajq9TyPZa4aEVYayyLKmCqwblSvNZKpT8LFM4DSK75AExkkXJ8sIy"
    "p0Mm5XopuE6U7iFPZZHcTrCWmW2BZxzIvSFCOvZjoRW5I1u/WnMITAU06WXcqeyRCWsdlV"
    "Cx7WHLJyWIu+SONhNK+JQylytgzt0DVKTNdtDKnkEYAWVgRYpAAYB9ugZdBbpiet21bcK4"
    "ZhNxhw5XlAPKxTiHukFagTSwomUlvXNBzhI2+ObgKyHSTDoK7SNJjIei9ZKYHOcjnZ0izw"
    "wDfwyY7ADBL6kC3dxdn3f7r95kKt9FknDREI2IYq3gjJUAjUlzjy41OWXOEVxvHwLdxmI2"
    "SqhOSffKmoXNa+ZaKVfVvHSSL6c2MX4hORm+YW97eXqvHKdB/eqChjvIkhUX80pH+fTgYT"
    "hDc08vRA4dQ4VtCiGsI1eeAAqWNL/Ht2XZYm4oi4Wol2s7oiYBkpnLESCksNjt8sprqKBP"
    "Kh00Xzd6Uiqhh68abd8JEjy8q5wkHqesYdxLzaKdKmLLSxxRouS6ySNMlvHd9MEp5VIWoG"
    "gB1n3zmYBrAqnrOuZQ1m828zIKyucjrDWrgmNG2QW+s/f3xoxXJTPe/p32+2aT20/sXGV7"
    "ipE1AXtVc9g3AXtNwF4TsPeirJQ4SUshK6VP2sqXlRKHfJUt2ZGRYo7QlTWmoAsSIjVDWc"
    "eYygIX4jojak/V1ZPXn3ANnbI6jGavGuZ2xCCHYFNsuOI5E3qhwsKbW+o9Q1gLoWjZBr2p"
    "ku9N0lIx+bReanzKS+ixxlXWPUXbCMlVFpIhGF1zOJkpnANLggoTZCu5Jyu2pgdSh/Ql+T"
    "s4THXL0ncV5IwNy95rytPeob9KUTo8D3iZFB0dPVxEfjZBqPWijakRBCw/fOH0IaiO+vPn"
    "YRChTB0ZI+1ZBlXC85qzNQGBFRehGxnuW5Th5Ba9oo0zTdus/CGtfFNyYBUGW6VVLiS6+6"
    "eBreRhj1M2ClqVV7k5trM5tnN/OG/l2M7q2Msrmx1dI7/c4ZsGduaWu3PwWBm75HW0l5kQ"
    "3HDIi/aDC2yaDqj2kDEN9SXQq7vhxV/Q40L60dpwNjuScfEyQFNerI1syzSJgdyZd9iUPM"
    "nlO7AdOEeob83FhC436TPx4j35hCxkQGjW4LDby0Nq99Cm4zFkQ4o9UR42swhSIbmFHiRy"
    "kDTkPPj1N6B4B5Z53BNIGnfcR4motHxMoBPsHKRwFVe4x6Z0a0Vzuau8GVVFaC5R3t1Lpy"
    "mHZ5ymOUJTkXBTRiINCWrh7t6BNCq5cwbg5Qp0QNNYSCqtO+sgaZTbXEOSOuVc7mSLjWAf"
    "YSpEtXK4RzQN8CsDL1Pgy+EekjSwrww7ZSOhDgh1Wpsq0P9oWjhPkk8RptZgBJQHuApLAL"
    "28vTu/6qJP/e5Fb9DzM2LDPUN2QpNooJ5G3u92rqpTL0jq4ZdYmdUZ9rVfVNOlsllMVx+4"
    "01BXFlS+qiwaPLVVaKyhcmuxoFFoySCBgJo6/cHThR0uiGUFSnnkG8JCr/UrlGU19F1dtD"
    "lzrtIcrlGaG6X5IPFslOZtK83K0kygM+dkJiorMiXU5QPEeZmcI9TfdCR9o4w2yug3BHyj"
    "jDbKaAVWoebK6EcrpRhlOtsvq6MjC67XLlphSEhfVEZEC43QO6gcQ1VZyzTdGZTKBrXRtM"
    "b+oZmyINAM29yjAZcu9ty3yH+URLO6oNC2LqSshhFSxh5y+LZWWYxGJd2VSppYvqJyf4Ko"
    "hrL/hwKS/4f8+rdpqT/2VmRAzn3Mk0R12tk3VspShtuXK0wWI6nhc3tSpHLzSX7l5hNZub"
    "lK+/RPYADN3ai93gI79SQc+OJOfcvkURRt/yghzwIrD8EITqYYWbbcVkfUdjgCTfws9h0M"
    "v/6BG9Q05TkXQh0NMsLkdNlde1cX3bDleO09uvJJk5thWfnb7xOZcQ0i88qYhRJE35xxqE"
    "rsqU++EN3DVs2hwgEFmJQdH/tyNitDhHF74cnvQpz3GIBuuaZ3uM8jgbhNwTq45WkAbeQy"
    "L37TOEI9wReknUx6l4RSwCzkuFNFnuv2rtP4sRqloT7CV6M0VHgHjp84LJhZSa0hTlPDJ3"
    "czakMGZBWHZtheLMFYAfDjgnvFZA8M4mVM1y9TH8aCCiTPezed/m/qklPnirL2578Nu50U"
    "6jbBTjmeHFHU8LHeige3OaS0LhHPFdEjOsSm+qSlUCD8nqWaA47GvKQx5C9s1awCByKEb8"
    "0o8Exsp6RwHSNpOHlBTj5TFG/LR9gfXkN037wuIv+JUbnoyr7MgWlcWRQg/8ijGMnuzzza"
    "z0a5j9ONNr+Z/fl/Sa7Q+w=="
)
