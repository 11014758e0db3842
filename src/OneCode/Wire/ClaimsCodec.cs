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
        if (!DeterministicCbor.IsValid(payload, Labels.CodeItems))
        {
            return Rejection.Malformed;
        }

        var reader = new CborReader(payload);
        var draft = default(Draft);
        if (!draft.TryRead(ref reader) || draft.Subject is not { } subject || draft.Issuer is not { } issuer
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

    /// <summary>What has been read so far. Each reader says false at a known claim of the wrong kind; unknown ones are remembered.</summary>
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

        public bool TryRead(ref CborReader reader)
        {
            if (!reader.TryReadMap(out var pairs))
            {
                return false;
            }

            for (var i = 0; i < pairs; i++)
            {
                if (!reader.TryReadInteger(out var label))
                {
                    reader.Skip();
                }

                if (!Claim(label, ref reader))
                {
                    return false;
                }
            }

            return true;
        }

        private bool Claim(long label, ref CborReader reader)
        {
            long number = 0;
            switch (label)
            {
                case Labels.Issuer:
                    return reader.TryReadText(4, out Issuer!) && Grammar.IsRegion(Issuer);
                case Labels.ExpiresAt:
                    return Seconds(ref reader, out ExpiresAt);
                case Labels.NotBefore:
                    return Seconds(ref reader, out NotBefore);
                case Labels.IssuedAt:
                    return Seconds(ref reader, out IssuedAt);
                case Labels.Confirmation:
                    return Confirmation(ref reader);
                case Labels.Person:
                    return Person(ref reader);
                case Labels.Enterprise:
                    return Enterprise(ref reader);
                case Labels.Vehicle:
                    return Vehicle(ref reader);
                case Labels.Status:
                    return StatusOf(ref reader);
                case Labels.Level when reader.TryReadInteger(1, 4, out number):
                    Level = (int)number;
                    return true;
                case Labels.Form when reader.TryReadInteger(1, 2, out number):
                    Form = (CredentialForm)number;
                    return true;
                case Labels.Level or Labels.Form:
                    return false;
                default:
                    return Unknown(ref reader);
            }
        }

        private bool Confirmation(ref CborReader reader)
        {
            if (!reader.TryReadMap(out var methods))
            {
                return false;
            }

            var hasKey = false;
            for (var i = 0; i < methods; i++)
            {
                var isKey = Label(ref reader) == 1;
                if (!(isKey ? Key(ref reader) : Unknown(ref reader)))
                {
                    return false;
                }

                hasKey |= isKey;
            }

            return hasKey;
        }

        private bool Key(ref CborReader reader)
        {
            if (!reader.TryReadMap(out var members))
            {
                return false;
            }

            var seen = 0;
            long curve = 0;
            ReadOnlySpan<byte> x = default;
            var yIsOdd = false;
            for (var i = 0; i < members; i++)
            {
                var label = Label(ref reader);
                var isRight = label switch
                {
                    1 => reader.TryReadInteger(2, 2, out _),
                    -1 => reader.TryReadInteger(out curve),
                    -2 => reader.TryReadBytes(32, out x),
                    -3 => reader.TryReadBoolean(out yIsOdd),
                    _ => Unknown(ref reader),
                };
                if (!isRight)
                {
                    return false;
                }

                seen += label is 1 or -1 or -2 or -3 ? 1 : 0;
            }

            if (seen != 4 || Labels.AlgorithmOn(curve) is not { } algorithm)
            {
                return false;
            }

            Holder = new DeviceKey(algorithm, x, yIsOdd);
            return true;
        }

        private bool Person(ref CborReader reader)
        {
            string? name = null, lastFour = null;
            if (!reader.TryReadMap(out var members))
            {
                return false;
            }

            for (var i = 0; i < members; i++)
            {
                var isRight = Label(ref reader) switch
                {
                    1 => reader.TryReadText(4, out lastFour!) && Grammar.IsLastFour(lastFour),
                    4 => reader.TryReadText(128, out name!) && Grammar.IsName(name),
                    _ => Unknown(ref reader),
                };
                if (!isRight)
                {
                    return false;
                }
            }

            return name is not null && About(new PersonClaims(name, lastFour));
        }

        private bool Enterprise(ref CborReader reader)
        {
            string? code = null, name = null, kind = null;
            DateOnly? endsOn = null;
            if (!reader.TryReadMap(out var members))
            {
                return false;
            }

            for (var i = 0; i < members; i++)
            {
                var isRight = Label(ref reader) switch
                {
                    1 => reader.TryReadText(18, out code!) && Grammar.IsCreditCode(code),
                    2 => reader.TryReadText(128, out name!) && Grammar.IsName(name),
                    3 => reader.TryReadText(8, out kind!) && Grammar.IsName(kind),
                    4 => Day(ref reader, out endsOn),
                    _ => Unknown(ref reader),
                };
                if (!isRight)
                {
                    return false;
                }
            }

            return code is not null && name is not null && kind is not null && About(new EnterpriseClaims(code, name, kind, endsOn));
        }

        private bool Vehicle(ref CborReader reader)
        {
            string? plate = null, kind = null;
            DateOnly? endsOn = null;
            if (!reader.TryReadMap(out var members))
            {
                return false;
            }

            for (var i = 0; i < members; i++)
            {
                var isRight = Label(ref reader) switch
                {
                    1 => reader.TryReadText(24, out plate!) && Grammar.IsName(plate),
                    2 => reader.TryReadText(2, out kind!) && Grammar.IsPlateKind(kind),
                    3 => Day(ref reader, out endsOn),
                    _ => Unknown(ref reader),
                };
                if (!isRight)
                {
                    return false;
                }
            }

            return plate is not null && kind is not null && About(new VehicleClaims(plate, kind, endsOn));
        }

        private bool StatusOf(ref CborReader reader)
        {
            if (!reader.TryReadArray(2)
                || !reader.TryReadText(16, out var list)
                || !Grammar.IsListName(list)
                || !reader.TryReadInteger(0, int.MaxValue, out var index))
            {
                return false;
            }

            Status = new StatusReference(list, (int)index);
            return true;
        }

        // Two subjects in one credential: well-formed, and not allowed.
        private bool About(SubjectClaims subject)
        {
            HasUnknown |= Subject is not null;
            Subject = subject;
            return true;
        }

        private bool Unknown(ref CborReader reader)
        {
            HasUnknown = true;
            reader.Skip();
            return true;
        }

        // 0 for a key that is no integer: no closed map of SPEC 3.1 has a label 0.
        private static long Label(ref CborReader reader)
        {
            if (!reader.TryReadInteger(out var label))
            {
                reader.Skip();
            }

            return label;
        }

        private static bool Seconds(ref CborReader reader, out long? value)
        {
            var isRight = reader.TryReadInteger(0, Labels.LastSecond, out var seconds);
            value = seconds;
            return isRight;
        }

        private static bool Day(ref CborReader reader, out DateOnly? value)
        {
            var isRight = reader.TryReadInteger(0, Labels.LastDay, out var days);
            value = isRight ? Epoch.AddDays((int)days) : null;
            return isRight;
        }
    }
}
