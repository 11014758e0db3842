namespace Identity.Server.Subjects;

/// <summary>The state that a register gives an enterprise or a vehicle. It is not the state of a code: a code of a subject that has ended is revoked for that reason.</summary>
internal enum SubjectState
{
    /// <summary>存续, 正常</summary>
    Active = 1,

    /// <summary>经营异常, 逾期未检: still there, but no new codes.</summary>
    Irregular = 2,

    /// <summary>吊销, 注销, 报废</summary>
    Ended = 3,
}
