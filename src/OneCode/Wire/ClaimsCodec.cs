namespace OneCode.Wire;

/// <summary>Claims to bytes and back (SPEC 3.1; 6, step 6). Reading comes after the signature: what is wrong here, an issuer signed.</summary>
internal static class ClaimsCodec
{
    private static readonly DateOnly Epoch = new(1970, 1, 1);

    public static byte[] Write(CredentialClaims claims)
    {
        var issuedAt = claims.IssuedAt.ToUnixTimeSeconds();
        var validFrom = claims.ValidFrom.ToUnixTimeSeconds();
        var hasValidFrom = validFrom != issuedAt;
        var pairs = 6 + (hasValidFrom ? 1 : 0) + (claims.Holder is null ? 0 : 1) + (claims.Level is null ? 0 : 1);
        var writer = new CborWriter().Map(pairs)
            .Integer(Labels.Issuer).Text(claims.Issuer)
            .Integer(Labels.ExpiresAt).Integer(claims.ExpiresAt.ToUnixTimeSeconds());
        if (hasValidFrom)
        {
            writer.Integer(Labels.NotBefore).Integer(validFrom);
        }

        writer.Integer(Labels.IssuedAt).Integer(issuedAt);
        if (claims.Holder is { } holder)
        {
            writer.Integer(Labels.Confirmation).Map(1).Integer(1).Map(4)
                .Integer(1).Integer(2)
                .Integer(-1).Integer(Labels.CurveOf(holder.Algorithm))
                .Integer(-2).Bytes(holder.X)
                .Integer(-3).Boolean(holder.YIsOdd);
        }

        WriteSubject(writer, claims.Subject);
        writer.Integer(Labels.Status).Array(2).Text(claims.Status.List).Integer(claims.Status.Index);
        if (claims.Level is { } level)
        {
            writer.Integer(Labels.Level).Integer(level);
        }

        return writer.Integer(Labels.Form).Integer((long)claims.Form).ToArray();
    }

    /// <summary>Null when the payload is the claims of a credential that keeps the content rule; else why not.</summary>
    public static Rejection? TryRead(ReadOnlySpan<byte> payload, out CredentialClaims claims)
    {
        claims = null!;
        var reader = CborReader.Of(payload, Labels.CodeItems);
        var draft = default(Draft);
        draft.Read(ref reader);
        if (!reader.IsRight || draft.Subject is not { } subject || draft.Issuer is not { } issuer
            || draft.IssuedAt is not { } issuedAt || draft.ExpiresAt is not { } expiresAt
            || draft.Status is not { } status || draft.Form is not { } form)
        {
            return Rejection.Malformed;
        }

        claims = new CredentialClaims
        {
            Issuer = issuer,
            Form = form,
            Subject = subject,
            IssuedAt = DateTimeOffset.FromUnixTimeSeconds(issuedAt),
            ValidFrom = DateTimeOffset.FromUnixTimeSeconds(draft.NotBefore ?? issuedAt),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(expiresAt),
            Status = status,
            Level = draft.Level,
            Holder = draft.Holder,
        };

        // One meaning, one encoding: nbf is absent when it says nothing new.
        var isTidy = draft.NotBefore is null || draft.NotBefore > issuedAt;
        return !draft.HasUnknown && isTidy && KeepsContentRule(claims) ? null : Rejection.ContentNotAllowed;
    }

    /// <summary>The table of SPEC 3.1 and the order of times.</summary>
    public static bool KeepsContentRule(CredentialClaims claims)
    {
        var isPhone = claims.Form == CredentialForm.Phone;
        var isPerson = claims.Subject is PersonClaims;
        return claims.Holder is not null == isPhone
            && claims.Level is not null == isPerson
            && claims.ExpiresAt > claims.ValidFrom
            && (claims.Subject is not PersonClaims person
                || (Grammar.IsMasked(person.MaskedName) && person.LastFour is null == isPhone));
    }

    private static void WriteSubject(CborWriter writer, SubjectClaims subject)
    {
        switch (subject)
        {
            case PersonClaims person:
                writer.Integer(Labels.Person).Map(person.LastFour is null ? 1 : 2);
                if (person.LastFour is { } lastFour)
                {
                    writer.Integer(1).Text(lastFour);
                }

                writer.Integer(4).Text(person.MaskedName);
                break;
            case EnterpriseClaims enterprise:
                writer.Integer(Labels.Enterprise).Map(enterprise.EndsOn is null ? 3 : 4)
                    .Integer(1).Text(enterprise.CreditCode)
                    .Integer(2).Text(enterprise.Name)
                    .Integer(3).Text(enterprise.KindCode);
                WriteDay(writer, 4, enterprise.EndsOn);
                break;
            case VehicleClaims vehicle:
                writer.Integer(Labels.Vehicle).Map(vehicle.InspectionEndsOn is null ? 2 : 3)
                    .Integer(1).Text(vehicle.Plate)
                    .Integer(2).Text(vehicle.PlateKind);
                WriteDay(writer, 3, vehicle.InspectionEndsOn);
                break;
            default:
                throw new ArgumentException("A subject of no known kind.", nameof(subject));
        }
    }

    private static void WriteDay(CborWriter writer, long key, DateOnly? day)
    {
        if (day is { } value)
        {
            writer.Integer(key).Integer(value.DayNumber - Epoch.DayNumber);
        }
    }

    /// <summary>What has been read so far. A known claim of the wrong kind fails the reader; unknown ones are remembered.</summary>
    private ref struct Draft
    {
        public string? Issuer;
        public long? ExpiresAt;
        public long? NotBefore;
        public long? IssuedAt;
        public DeviceKey? Holder;
        public SubjectClaims? Subject;
        public StatusReference? Status;
        public int? Level;
        public CredentialForm? Form;
        public bool HasUnknown;

        public void Read(ref CborReader reader)
        {
            for (var left = reader.Map(); left > 0; left--)
            {
                Claim(reader.Key(), ref reader);
            }
        }

        private void Claim(long label, ref CborReader reader)
        {
            switch (label)
            {
                case Labels.Issuer:
                    Issuer = reader.Text(Grammar.IsRegion);
                    break;
                case Labels.ExpiresAt:
                    ExpiresAt = reader.Seconds();
                    break;
                case Labels.NotBefore:
                    NotBefore = reader.Seconds();
                    break;
                case Labels.IssuedAt:
                    IssuedAt = reader.Seconds();
                    break;
                case Labels.Confirmation:
                    Confirmation(ref reader);
                    break;
                case Labels.Person:
                    Person(ref reader);
                    break;
                case Labels.Enterprise:
                    Enterprise(ref reader);
                    break;
                case Labels.Vehicle:
                    Vehicle(ref reader);
                    break;
                case Labels.Status:
                    reader.Array(2);
                    Status = new StatusReference(reader.Text(Grammar.IsListName), (int)reader.Integer(0, int.MaxValue));
                    break;
                case Labels.Level:
                    Level = (int)reader.Integer(1, 4);
                    break;
                case Labels.Form:
                    Form = (CredentialForm)reader.Integer(1, 2);
                    break;
                default:
                    Unknown(ref reader);
                    break;
            }
        }

        private void Confirmation(ref CborReader reader)
        {
            for (var left = reader.Map(); left > 0; left--)
            {
                if (reader.Key() == 1)
                {
                    Key(ref reader);
                }
                else
                {
                    Unknown(ref reader);
                }
            }

            reader.Require(Holder is not null);
        }

        private void Key(ref CborReader reader)
        {
            var missing = 4;
            long curve = 0;
            ReadOnlySpan<byte> x = default;
            var yIsOdd = false;
            for (var left = reader.Map(); left > 0; left--)
            {
                missing--;
                switch (reader.Key())
                {
                    case 1:
                        reader.Integer(2, 2);
                        break;
                    case -1:
                        curve = reader.Integer();
                        break;
                    case -2:
                        x = reader.Bytes(32);
                        break;
                    case -3:
                        yIsOdd = reader.Boolean();
                        break;
                    default:
                        missing++;
                        Unknown(ref reader);
                        break;
                }
            }

            reader.Require(missing == 0);
            if (Labels.AlgorithmOn(curve) is { } algorithm)
            {
                Holder = new DeviceKey(algorithm, x, yIsOdd);
            }
        }

        private void Person(ref CborReader reader)
        {
            string? name = null, lastFour = null;
            for (var left = reader.Map(); left > 0; left--)
            {
                switch (reader.Key())
                {
                    case 1:
                        lastFour = reader.Text(Grammar.IsLastFour);
                        break;
                    case 4:
                        name = reader.Text(128, Grammar.IsWord);
                        break;
                    default:
                        Unknown(ref reader);
                        break;
                }
            }

            reader.Require(name is not null);
            About(new PersonClaims(name!, lastFour));
        }

        private void Enterprise(ref CborReader reader)
        {
            string? code = null, name = null, kind = null;
            DateOnly? endsOn = null;
            for (var left = reader.Map(); left > 0; left--)
            {
                switch (reader.Key())
                {
                    case 1:
                        code = reader.Text(Grammar.IsCreditCode);
                        break;
                    case 2:
                        name = reader.Text(128, Grammar.IsWord);
                        break;
                    case 3:
                        kind = reader.Text(8, Grammar.IsWord);
                        break;
                    case 4:
                        endsOn = Day(ref reader);
                        break;
                    default:
                        Unknown(ref reader);
                        break;
                }
            }

            reader.Require(code is not null && name is not null && kind is not null);
            About(new EnterpriseClaims(code!, name!, kind!, endsOn));
        }

        private void Vehicle(ref CborReader reader)
        {
            string? plate = null, kind = null;
            DateOnly? endsOn = null;
            for (var left = reader.Map(); left > 0; left--)
            {
                switch (reader.Key())
                {
                    case 1:
                        plate = reader.Text(24, Grammar.IsWord);
                        break;
                    case 2:
                        kind = reader.Text(Grammar.IsPlateKind);
                        break;
                    case 3:
                        endsOn = Day(ref reader);
                        break;
                    default:
                        Unknown(ref reader);
                        break;
                }
            }

            reader.Require(plate is not null && kind is not null);
            About(new VehicleClaims(plate!, kind!, endsOn));
        }

        // Two subjects in one credential: well-formed, and not allowed.
        private void About(SubjectClaims subject)
        {
            HasUnknown |= Subject is not null;
            Subject = subject;
        }

        private void Unknown(ref CborReader reader)
        {
            HasUnknown = true;
            reader.Skip();
        }

        private static DateOnly Day(ref CborReader reader) => Epoch.AddDays((int)reader.Integer(0, Labels.LastDay));
    }
}
